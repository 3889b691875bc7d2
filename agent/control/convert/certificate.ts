// Certificates: between the wire and the domain.

import { fail, ok, type Result } from "../../base/result.ts";
import type { RotationWish, Trial } from "../access/rotation.ts";
import type { CertificateView } from "../access/tls-endpoint.ts";
import type {
  Certificate,
  CertificateTrial,
  RotateCertificateRequest,
} from "../gen/vipward/v1/certificate_service.pb.ts";
import type { Refusal } from "../words/refusal.ts";
import { durationMs, timeOf } from "./time.ts";

/** How long a certificate is on trial: unless set, at least and at most. */
const [unset, least, most] = [60_000, 5_000, 3_600_000];

/** What is asked to be served. */
export function rotationWishOf(request: RotateCertificateRequest): Result<RotationWish, Refusal> {
  const { certificate, privateKey, clientAuthorities, trial } = request;
  const trialMs = trial === undefined ? unset : durationMs(trial);
  if (trialMs < least || trialMs > most) {
    const message = `${trialMs / 1000} s is not allowed, expected 5 s to 1 h`;
    return fail({ kind: "invalid-argument", field: "trial", message });
  }
  const ca = clientAuthorities.length === 0 ? {} : { ca: Buffer.from(clientAuthorities) };
  return ok({ cert: Buffer.from(certificate), key: Buffer.from(privateKey), ...ca, trialMs });
}

/** A certificate on the wire. */
export function certificateOf({ file, names, notAfter }: CertificateView): Certificate {
  return { file, names, notAfter: timeOf(notAfter) };
}

/** A trial on the wire. */
export function trialOf({ fingerprint, names, notAfter, until }: Trial): CertificateTrial {
  return { fingerprint, names, notAfter: timeOf(notAfter), expireTime: timeOf(until) };
}

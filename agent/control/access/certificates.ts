// The certificate that the API shows over TCP, for those who look after it. Without TCP there is none.

import { fail, ok, type Result } from "../../base/result.ts";
import type { Refusal } from "../words/refusal.ts";
import type { Rotation } from "./rotation.ts";
import type { CertificateView, TlsEndpoint } from "./tls-endpoint.ts";

/** What is served, and how it is exchanged. */
export interface ServedCertificate {
  readonly endpoint: TlsEndpoint;
  readonly rotation: Rotation;
}

/** The certificates of one agent. */
export class Certificates {
  #served: ServedCertificate | undefined;

  /** From now on this one is served. */
  serve(served: ServedCertificate): void {
    this.#served = served;
  }

  /** What is used now. */
  list(): readonly CertificateView[] {
    return this.#served === undefined ? [] : [this.#served.endpoint.view];
  }

  /** What is served; refused where nothing is. */
  served(): Result<ServedCertificate, Refusal> {
    if (this.#served !== undefined) return ok(this.#served);
    return fail({ kind: "certificate-refused", reason: "TLS_NOT_SERVED" });
  }
}

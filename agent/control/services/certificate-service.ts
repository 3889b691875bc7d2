import type { Log } from "../../base/log.ts";
import { granted, unary } from "../call.ts";
import { certificateOf, rotationWishOf, trialOf } from "../convert/certificate.ts";
import type { Agent } from "../domain.ts";
import type { CertificateServiceServer } from "../gen/vipward/v1/certificate_service.pb.ts";

/** The handlers of vipward.v1.CertificateService. */
export function certificateService({ certificates }: Pick<Agent, "certificates">, log: Log): CertificateServiceServer {
  const served = () => granted(certificates.served());
  const current = () => certificateOf(served().endpoint.view);
  return {
    getCertificate: unary(log, async () => {
      const { trial } = served().rotation;
      return { current: current(), trial: trial && trialOf(trial) };
    }),
    rotateCertificate: unary(log, async (request) => ({
      trial: trialOf(granted(served().rotation.begin(granted(rotationWishOf(request))))),
    })),
    confirmCertificate: unary(log, async (_, { caller }) => {
      granted(served().rotation.confirm(caller));
      return { current: current() };
    }),
    cancelCertificate: unary(log, async () => {
      granted(served().rotation.cancel());
      return { current: current() };
    }),
  };
}

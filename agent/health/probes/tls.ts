import type { TlsProbeModel } from "../../config/model.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts } from "./stream.ts";

/** The TLS probe: passes when the handshake is done, with a certificate that is believed where that is asked for. */
export function tlsProbe(parts: ProbeParts): Probe<TlsProbeModel> {
  return (model, signal) =>
    converse(model, limitOf(model), signal, parts, {
      connected: (_, finish) => finish({ kind: "passed", detail: "TLS handshake done" }),
    });
}

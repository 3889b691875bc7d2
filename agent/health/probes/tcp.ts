import { formatDuration } from "../../base/duration.ts";
import type { TcpProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { connectFailure } from "./connection-failure.ts";
import { pathHandshake } from "./path.ts";
import type { Probe } from "./probe.ts";
import { aborted, type ProbeParts } from "./stream.ts";

const connected: ProbeOutcome = { kind: "passed", detail: "connected" };

/** The TCP probe: passes when the connection is established, and resets it at once. Nobody talks, so the runtime never sees the connection. */
export function tcpProbe(parts: ProbeParts): Probe<TcpProbeModel> {
  const { sockets, descriptors } = parts;
  return (model, signal) => {
    const { path } = model;
    if (path !== undefined) return pathHandshake({ ...model, path }, signal, parts);
    if (signal.aborted) return Promise.resolve(aborted);
    if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
    return new Promise((resolve) => {
      const finish = (outcome: ProbeOutcome) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        cancel();
        descriptors.giveBack();
        resolve(outcome);
      };
      const onAbort = () => finish(aborted);
      const onLimit = () => finish({ kind: "failed", detail: `no connection within ${formatDuration(model.timeout)}` });
      const timer = setTimeout(onLimit, model.timeout);
      const cancel = sockets.connect(model, false, (done) =>
        finish("code" in done ? connectFailure(done.code, model.source) : connected),
      );
      signal.addEventListener("abort", onAbort);
    });
  };
}

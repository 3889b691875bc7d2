// The gRPC probe: asks grpc.health.v1 whether a service serves, in clear or over TLS. The exchange is small enough to be ours; a library for it would
// keep channels of its own, with reconnects and timers that no attempt could end.

import { formatEndpoint } from "../../base/address.ts";
import type { GrpcProbeModel } from "../../config/model.ts";
import { HealthAnswer, healthRequest } from "../core/grpc-health.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts, type Stream } from "./stream.ts";

/** Passes when the status is SERVING. */
export function grpcProbe(parts: ProbeParts): Probe<GrpcProbeModel> {
  return (model, signal) => {
    const answer = new HealthAnswer();
    let stream: Stream | undefined;
    return converse({ ...model, protocol: "h2" }, limitOf(model), signal, parts, {
      connected: (connected) => {
        stream = connected;
        stream.write(healthRequest(model.service, authorityOf(model), model.tls !== undefined));
      },
      received: (bytes, finish) => {
        const progress = answer.take(bytes);
        if (!progress.ok) return finish({ kind: "failed", detail: `answer ${progress.error}` });
        for (const reply of progress.value.reply) stream?.write(reply);
        if (progress.value.status !== undefined) finish(judge(progress.value.status, model));
      },
    });
  };
}

function authorityOf({ address, port, virtualHost }: GrpcProbeModel): string {
  return virtualHost ?? formatEndpoint(address, port);
}

function judge(status: string, { service }: GrpcProbeModel): ProbeOutcome {
  const whose = service === "" ? "the server" : `service ${service}`;
  if (status === "SERVING") return { kind: "passed", detail: `${whose} is SERVING` };
  if (status === "none") return { kind: "failed", detail: `an error instead of the health of ${whose}` };
  return { kind: "failed", detail: `${whose} is ${status}` };
}

// The UDP probe. Without a reply that is required it passes when nothing says that the port is closed until time is over, as keepalived's does;
// an answer that comes sooner ends the wait.

import { formatDuration } from "../../base/duration.ts";
import type { UdpProbeModel } from "../../config/model.ts";
import { hexBytes, hexPattern, matchesPattern } from "../core/hex-pattern.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { ask } from "./ask.ts";
import type { Probe } from "./probe.ts";
import type { ProbeParts } from "./stream.ts";

/** Passes by an answer as it should be, or by the absence of a refusal. */
export function udpProbe(parts: ProbeParts): Probe<UdpProbeModel> {
  return (model, signal) =>
    ask(model, signal, parts, {
      open: (listener) => parts.sockets.datagrams(model, listener),
      ask: (socket) => socket.send(payloadOf(model)),
      received: (data, finish) => finish(judge(model, data)),
      silence: () =>
        model.requireReply
          ? { kind: "failed", detail: `no reply within ${formatDuration(model.timeout)}` }
          : { kind: "passed", detail: "not refused" },
    });
}

/** keepalived sends something random where no payload is given. */
function payloadOf({ payload }: UdpProbeModel): Uint8Array {
  return payload === undefined ? crypto.getRandomValues(new Uint8Array(8)) : hexBytes(payload);
}

function judge({ requireReply, reply, leastReply, mostReply }: UdpProbeModel, data: Uint8Array): ProbeOutcome {
  const passed: ProbeOutcome = { kind: "passed", detail: `reply of ${data.length} bytes` };
  if (!requireReply) return passed;
  if (data.length < leastReply || data.length > mostReply)
    return { kind: "failed", detail: `reply of ${data.length} bytes, expected ${leastReply} to ${mostReply}` };
  if (reply !== undefined && !matchesPattern(data, hexPattern(reply)))
    return { kind: "failed", detail: `reply ${shown(data)} does not match ${reply}` };
  return passed;
}

function shown(data: Uint8Array): string {
  const start = Buffer.from(data.subarray(0, 16)).toString("hex");
  return data.length > 16 ? `${start}…` : start;
}

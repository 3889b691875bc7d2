// The Redis probe: PING as the protocol has it (RESP), answered by PONG. A server that wants a password first is there as well; one that still loads its data is not.

import type { RedisProbeModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { limitOf } from "./limit.ts";
import { Lines } from "./lines.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts } from "./stream.ts";

/** Passes by +PONG, and by -NOAUTH. */
export function redisProbe(parts: ProbeParts): Probe<RedisProbeModel> {
  return (model, signal) => {
    const lines = new Lines();
    return converse(model, limitOf(model), signal, parts, {
      connected: (stream) => stream.write("*1\r\n$4\r\nPING\r\n"),
      received: (bytes, finish) => {
        const found = lines.take(bytes);
        if (found === "too long")
          return finish({ kind: "failed", detail: "answer is not Redis: a line without an end" });
        const [line] = found;
        if (line !== undefined) finish(judge(line));
      },
    });
  };
}

function judge(line: string): ProbeOutcome {
  if (line === "+PONG") return { kind: "passed", detail: "PONG" };
  if (line.startsWith("-NOAUTH")) return { kind: "passed", detail: "answers, and wants a password" };
  return { kind: "failed", detail: `${JSON.stringify(line.slice(0, 128))} to PING, expected +PONG` };
}

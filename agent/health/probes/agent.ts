// The agent probe, as HAProxy's agent-check: a small program on the real server is asked over TCP and says what to do with it, in a line of text.

import type { AgentProbeModel } from "../../config/model.ts";
import { readAgentReply } from "../core/agent-reply.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { limitOf } from "./limit.ts";
import { Lines } from "./lines.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts } from "./stream.ts";

/** Passes by "up" or a share of the weight, fails by "down" and the like. */
export function agentProbe(parts: ProbeParts): Probe<AgentProbeModel> {
  return (model, signal) => {
    const lines = new Lines();
    return converse(model, limitOf(model), signal, parts, {
      connected: (stream) => stream.write(model.send ?? ""),
      received: (bytes, finish) => {
        const found = lines.take(bytes);
        if (found === "too long") return finish({ kind: "failed", detail: "agent says a line without an end" });
        const [line] = found;
        if (line !== undefined) finish(judge(line));
      },
      closed: () => judge(lines.rest),
    });
  };
}

function judge(line: string): ProbeOutcome {
  const reply = readAgentReply(line);
  if (!reply.ok) return { kind: "failed", detail: `agent ${reply.error}` };
  const { up, percent, detail } = reply.value;
  return {
    kind: up ? "passed" : "failed",
    detail,
    ...(percent !== undefined && { weight: { kind: "percent", percent } }),
  };
}

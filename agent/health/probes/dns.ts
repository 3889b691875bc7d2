// The DNS probe: one question over UDP. keepalived looks at the code of the answer; here the records can be compared as well.

import { formatDuration } from "../../base/duration.ts";
import type { DnsProbeModel } from "../../config/model.ts";
import { type DnsAnswer, dnsQuestion, readDnsAnswer } from "../core/dns-message.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { ask } from "./ask.ts";
import type { Probe } from "./probe.ts";
import type { ProbeParts } from "./stream.ts";

/** Passes by an answer without an error, with every record that is expected. */
export function dnsProbe(parts: ProbeParts): Probe<DnsProbeModel> {
  return (model, signal) => {
    const id = Math.floor(Math.random() * 65_536);
    return ask(model, signal, parts, {
      open: (listener) => parts.sockets.datagrams(model, listener),
      ask: (socket) => socket.send(dnsQuestion(id, model.name, model.type)),
      received: (data, finish) => {
        const answer = readDnsAnswer(data, id, model.type);
        if (!answer.ok) finish({ kind: "failed", detail: `answer ${answer.error}` });
        else if (answer.value !== "not ours") finish(judge(model, answer.value));
      },
      silence: () => ({ kind: "failed", detail: `no answer within ${formatDuration(model.timeout)}` }),
    });
  };
}

function judge({ name, type, answers }: DnsProbeModel, { code, truncated, records }: DnsAnswer): ProbeOutcome {
  if (code !== "NOERROR") return { kind: "failed", detail: `${code} for ${name} ${type}` };
  const missing = answers.filter((answer) => !records.includes(type === "TXT" ? answer : answer.toLowerCase()));
  if (missing.length === 0) return { kind: "passed", detail: `NOERROR for ${name} ${type}` };
  if (truncated) return { kind: "failed", detail: "answer is too long for a datagram: it cannot be compared" };
  return {
    kind: "failed",
    detail: `answer has ${records.join(", ") || "no such record"}, expected ${missing.join(", ")}`,
  };
}

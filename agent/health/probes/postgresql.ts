// The PostgreSQL probe, as its own pg_isready judges: a server that answers the first message takes connections, also when it refuses this user;
// one that starts, stops or has no connection left does not.

import type { PostgresqlProbeModel } from "../../config/model.ts";
import { readServerWord, type ServerWord, startupMessage } from "../core/postgresql-message.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts } from "./stream.ts";

/** SQLSTATE: cannot_connect_now, and too_many_connections. */
const notReady = new Set(["57P03", "53300"]);

/** Passes when the server goes on to ask who we are. */
export function postgresqlProbe(parts: ProbeParts): Probe<PostgresqlProbeModel> {
  return (model, signal) => {
    let said = new Uint8Array(0);
    return converse(model, limitOf(model), signal, parts, {
      connected: (stream) => stream.write(startupMessage(model.user, model.database)),
      received: (bytes, finish) => {
        said = new Uint8Array(Buffer.concat([said, bytes]));
        const word = readServerWord(said);
        if (!word.ok) finish({ kind: "failed", detail: `answer ${word.error}` });
        else if (word.value !== undefined) finish(judge(word.value));
      },
    });
  };
}

function judge(word: ServerWord): ProbeOutcome {
  if (word.kind === "goes-on") return { kind: "passed", detail: "takes connections" };
  if (notReady.has(word.code)) return { kind: "failed", detail: `${word.text} (${word.code})` };
  return { kind: "passed", detail: `takes connections, though not this one: ${word.text} (${word.code})` };
}

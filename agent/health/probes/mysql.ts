// The MySQL and MariaDB probe: the server greets and answers a login. Whom it knows does not matter, that it takes connections does.

import type { MysqlProbeModel } from "../../config/model.ts";
import { loginPacket, type MysqlPacket, readPacket, readWord } from "../core/mysql-message.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { converse, type Finish, type ProbeParts, type Stream } from "./stream.ts";

/** Errors that are about this user, not about the server: access denied, of a database, of a plugin, and a client that is too old for its ways. */
const aboutUs = new Set([1044, 1045, 1049, 1251, 1275, 1396, 1524, 1698, 3118, 4151]);

/** Passes when the server has answered a login, by whatever. */
export function mysqlProbe(parts: ProbeParts): Probe<MysqlProbeModel> {
  return (model, signal) => {
    const talk = new MysqlTalk(model.user);
    return converse(model, limitOf(model), signal, parts, {
      connected: (stream) => talk.begin(stream),
      received: (bytes, finish) => talk.take(bytes, finish),
      awaited: () => talk.awaited,
    });
  };
}

class MysqlTalk {
  readonly #user: string;
  #stream: Stream | undefined;
  #said: Uint8Array = new Uint8Array(0);
  #version: string | undefined;

  constructor(user: string) {
    this.#user = user;
  }

  get awaited(): string {
    return this.#version === undefined ? "greeting" : "answer to a login";
  }

  begin(stream: Stream): void {
    this.#stream = stream;
  }

  take(bytes: Uint8Array, finish: Finish): void {
    this.#said = Buffer.concat([this.#said, bytes]);
    const packet = readPacket(this.#said);
    if (!packet.ok) return finish({ kind: "failed", detail: `answer ${packet.error}` });
    if (packet.value === undefined) return;
    this.#said = this.#said.subarray(packet.value.end);
    const outcome = this.#judge(packet.value);
    if (outcome !== undefined) finish(outcome);
  }

  #judge({ payload, sequence }: MysqlPacket): ProbeOutcome | undefined {
    const word = readWord(payload);
    if (!word.ok) return { kind: "failed", detail: `answer ${word.error}` };
    const { value } = word;
    if (value.kind === "error" && !(this.#version !== undefined && aboutUs.has(value.code)))
      return { kind: "failed", detail: `${value.text} (${value.code})` };
    if (this.#version !== undefined) return { kind: "passed", detail: `${this.#version} takes connections` };
    if (value.kind !== "greeting") return { kind: "failed", detail: "answer is no greeting of MySQL" };
    this.#version = value.version;
    this.#stream?.write(loginPacket(this.#user, sequence + 1));
    return undefined;
  }
}

// The SMTP probe (RFC 5321): greeting, HELO, QUIT, as keepalived's; with STARTTLS (RFC 3207) EHLO, TLS, EHLO, QUIT.

import type { SmtpProbeModel } from "../../config/model.ts";
import { limitOf } from "./limit.ts";
import { Lines } from "./lines.ts";
import type { Probe } from "./probe.ts";
import { converse, type Finish, type ProbeParts, type Stream } from "./stream.ts";

/** One thing said, and the code that must answer it. */
interface Step {
  readonly name: string;
  readonly say: string | undefined;
  readonly expect: number;
  /** TLS begins after the answer. */
  readonly secures?: true;
}

/** Passes when the server greets, knows our name and says goodbye. */
export function smtpProbe(parts: ProbeParts): Probe<SmtpProbeModel> {
  return (model, signal) => {
    const talk = new SmtpTalk(model);
    return converse(model, limitOf(model), signal, parts, {
      connected: (stream, finish) => talk.begin(stream, finish),
      received: (bytes, finish) => talk.take(bytes, finish),
      awaited: () => `answer to ${talk.step?.name ?? "QUIT"}`,
      closed: () => ({
        kind: "failed",
        detail: `connection closed instead of an answer to ${talk.step?.name ?? "QUIT"}`,
      }),
    });
  };
}

class SmtpTalk {
  readonly #model: SmtpProbeModel;
  readonly #steps: Step[];
  #lines = new Lines();
  #stream: Stream | undefined;

  constructor(model: SmtpProbeModel) {
    this.#model = model;
    this.#steps = stepsOf(model);
  }

  get step(): Step | undefined {
    return this.#steps[0];
  }

  begin(stream: Stream, _finish: Finish): void {
    this.#stream = stream;
  }

  take(bytes: Uint8Array, finish: Finish): void {
    const lines = this.#lines.take(bytes);
    if (lines === "too long") return finish({ kind: "failed", detail: "answer has a line without an end" });
    for (const line of lines) {
      const match = /^(\d{3})([ -]|$)/.exec(line);
      if (match === null)
        return finish({ kind: "failed", detail: `answer is not SMTP: ${JSON.stringify(line.slice(0, 64))}` });
      if (match[2] === "-") continue;
      const step = this.#steps.shift();
      if (step === undefined) return;
      if (Number(match[1]) !== step.expect)
        return finish({
          kind: "failed",
          detail: `${JSON.stringify(line.slice(0, 128))} to ${step.name}, expected ${step.expect}`,
        });
      if (this.step === undefined) return finish({ kind: "passed", detail: "greeting, HELO and QUIT answered" });
      if (step.secures) return this.#secure();
      this.#say();
    }
  }

  #say(): void {
    const say = this.step?.say;
    if (say !== undefined) this.#stream?.write(`${say}\r\n`);
  }

  /** What came in clear after the answer does not count (RFC 3207, section 6). */
  #secure(): void {
    this.#lines = new Lines();
    if (this.#model.startTls !== undefined) this.#stream?.secure(this.#model.startTls, () => this.#say());
  }
}

function stepsOf({ heloName, startTls }: SmtpProbeModel): Step[] {
  const hello = startTls === undefined ? "HELO" : "EHLO";
  const greet = { name: hello, say: `${hello} ${heloName}`, expect: 250 };
  const quit = { name: "QUIT", say: "QUIT", expect: 221 };
  const greeting = { name: "the connection", say: undefined, expect: 220 };
  if (startTls === undefined) return [greeting, greet, quit];
  return [greeting, greet, { name: "STARTTLS", say: "STARTTLS", expect: 220, secures: true }, greet, quit];
}

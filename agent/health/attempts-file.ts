// The attempts of checkers as lines of a file in the runtime directory, appended many at a time. Checkers are numbered where they first occur:
//
//     *                                     numbers begin anew: another process writes from here on
//     = 0 tcp 10.9.0.100:80 > …             checker number 0
//     0 1700000000000 0.8 + connected       when it ended, how long it took, whether it passed, and what was seen

import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProbeView } from "../balancer/view.ts";
import { codeOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { KeptAttempt, KeptAttempts } from "./attempt-history.ts";

/** A file is written anew when it is larger than this, and twice as large as what it began with. */
const smallest = 1024 * 1024;

/** The attempts of this boot. */
export class AttemptsFile implements KeptAttempts {
  readonly #path: string;
  readonly #log: Log;
  #numbers: Map<string, number> | undefined;
  #size = 0;
  #limit = smallest;
  #isBroken = false;

  /** The name does not begin with that of the role: it does not say that anything was left in the kernel. */
  constructor(runtimeDirectory: string, log: Log) {
    this.#path = join(runtimeDirectory, "checker-attempts");
    this.#log = log;
  }

  get isCrowded(): boolean {
    return this.#size > this.#limit;
  }

  read(): ReadonlyMap<string, readonly ProbeView[]> {
    try {
      const text = readFileSync(this.#path, "utf8");
      this.#size = text.length;
      return readAttempts(text);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") this.#complain(error);
      return new Map();
    }
  }

  append(attempts: readonly KeptAttempt[]): void {
    const begins = this.#numbers === undefined ? "*\n" : "";
    const numbers = this.#numbers ?? new Map<string, number>();
    const text = begins + textOf(attempts, numbers);
    this.#write(text.length, () => appendFileSync(this.#path, text, { mode: 0o600 }), numbers);
  }

  replace(histories: ReadonlyMap<string, readonly ProbeView[]>): void {
    const numbers = new Map<string, number>();
    const text = textOf(oldestFirst(histories), numbers);
    const put = () => {
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    };
    this.#size = 0;
    this.#limit = Math.max(smallest, 2 * text.length);
    this.#write(text.length, put, numbers);
  }

  /** After a failure nobody knows what is in the file: numbers begin anew. */
  #write(length: number, write: () => void, numbers: Map<string, number>): void {
    try {
      write();
      this.#numbers = numbers;
      this.#size += length;
      this.#isBroken = false;
    } catch (error) {
      this.#numbers = undefined;
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    if (!this.#isBroken) this.#log.warn("attempts-not-kept", { path: this.#path, cause: messageOf(error) });
    this.#isBroken = true;
  }
}

function textOf(attempts: Iterable<KeptAttempt>, numbers: Map<string, number>): string {
  let text = "";
  for (const [checker, { at, durationMs, passed, detail }] of attempts) {
    let number = numbers.get(checker);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(checker, number);
      text += `= ${number} ${inOneLine(checker)}\n`;
    }
    text += `${number} ${at} ${Math.round(durationMs * 10) / 10} ${passed ? "+" : "-"} ${inOneLine(detail)}\n`;
  }
  return text;
}

function* oldestFirst(histories: ReadonlyMap<string, readonly ProbeView[]>): Generator<KeptAttempt> {
  for (const [checker, history] of histories)
    for (let index = history.length - 1; index >= 0; index--) yield [checker, history[index] as ProbeView];
}

function inOneLine(text: string): string {
  return text.includes("\n") ? text.replaceAll("\n", " ") : text;
}

/** Reads what was written, the newest first. A line that was cut off, or is not ours, is passed over. */
function readAttempts(text: string): ReadonlyMap<string, readonly ProbeView[]> {
  const histories = new Map<string, ProbeView[]>();
  let numbered: (ProbeView[] | undefined)[] = [];
  for (const line of text.split("\n")) {
    if (line === "*") numbered = [];
    else if (line.startsWith("= ")) {
      const [, number = "", checker = ""] = /^= (\d+) (.+)$/.exec(line) ?? [];
      const history = histories.get(checker) ?? [];
      histories.set(checker, history);
      numbered[Number(number)] = history;
    } else {
      const [, number, at, duration, sign, detail = ""] = /^(\d+) (\d+) ([\d.]+) ([+-]) (.*)$/.exec(line) ?? [];
      numbered[Number(number)]?.push({
        at: Number(at),
        durationMs: Number(duration),
        passed: sign === "+",
        detail,
      });
    }
  }
  for (const history of histories.values()) history.reverse();
  return histories;
}

// The audit log: one JSON line for every call that may change something, and for every call that was refused. Each line has the hash of the
// line before, so that what was taken out or changed later is noticed. Secrets are not in it: it has no content of requests.

import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { CryptoHasher } from "bun";
import { messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";

/** One call. */
export interface AuditRecord {
  /** Unix milliseconds. */
  readonly at: number;
  readonly caller: string;
  readonly from: string;
  readonly call: string;
  /** The canonical code: "OK", "PERMISSION_DENIED". */
  readonly code: string;
  /** What was refused, as a sentence. */
  readonly details?: string;
  /** How often it was refused since the line before of that kind. */
  readonly times?: number;
  readonly requestId?: string;
  readonly reason?: string;
  /** The revision that the call made, and the hash of its content. */
  readonly revision?: number;
  readonly contentHash?: string;
}

/** How large the file may become before a new one is begun, and how many older files are kept. */
const [largestFile, olderFiles] = [16 * 1024 * 1024, 4];

/** An audit log that is appended to. It never throws: what cannot be written is logged. */
export class AuditLog {
  readonly #path: string;
  readonly #log: Log;
  #previous: string;
  #isWriting = true;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#previous = lastHash(path);
  }

  append(record: AuditRecord): void {
    try {
      this.#makeRoom();
      const line = JSON.stringify({ ...record, previous: this.#previous });
      appendLine(this.#path, `${line}\n`);
      this.#previous = hashOf(line);
      this.#isWriting = true;
    } catch (thrown) {
      if (this.#isWriting) this.#log.error("audit-not-written", { file: this.#path, problem: messageOf(thrown) });
      this.#isWriting = false;
    }
  }

  #makeRoom(): void {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < largestFile) return;
    const older = (number: number) => (number === 0 ? this.#path : `${this.#path}.${number}`);
    for (let number = olderFiles; number > 0; number--)
      if (existsSync(older(number - 1))) renameSync(older(number - 1), older(number));
  }
}

/** The first line whose chain is broken, counted from 1; undefined: none is. The first line of a file may follow another file. */
export function firstBroken(text: string): number | undefined {
  let previous: string | undefined;
  for (const [index, line] of text
    .split("\n")
    .filter((one) => one !== "")
    .entries()) {
    const claimed = previousOf(line);
    if (claimed === undefined || (previous !== undefined && claimed !== previous)) return index + 1;
    previous = hashOf(line);
  }
  return undefined;
}

function appendLine(path: string, text: string): void {
  const file = openSync(path, "a", 0o600);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function lastHash(path: string): string {
  try {
    const last = readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "";
    return last === "" ? "" : hashOf(last);
  } catch {
    return "";
  }
}

function previousOf(line: string): string | undefined {
  try {
    const { previous } = JSON.parse(line) as { previous?: unknown };
    return typeof previous === "string" ? previous : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(line: string): string {
  return new CryptoHasher("sha256").update(line).digest("hex");
}

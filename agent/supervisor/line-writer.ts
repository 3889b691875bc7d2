// Writes log lines to a descriptor without ever making the process wait: a reader that stalls (a full pipe, a stopped journal) must not
// stop the process that elects the master. Lines that cannot be written are dropped and counted, and the count is told.

import { write, writeSync } from "node:fs";

/** Lines that may wait to be written. */
const waitingLimit = 5_000;

/** A bounded, ordered writer of lines. */
export class LineWriter {
  readonly #descriptor: number;
  #waiting: string[] = [];
  #writing = "";
  #dropped = 0;
  #whenIdle: (() => void)[] = [];

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    process.on("exit", () => this.#writeRest());
  }

  /** Takes a line that ends with a newline. */
  readonly write = (line: string): void => {
    if (this.#waiting.length >= waitingLimit) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    if (this.#writing === "") this.#next();
  };

  /** Resolves when everything is written, or after `limitMs` when nobody reads. For an end without haste: what is still on its way when
   * the process exits is written twice rather than not at all. */
  flush(limitMs = 300): Promise<void> {
    if (this.#writing === "" && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, limitMs);
      this.#whenIdle.push(() => {
        clearTimeout(limit);
        resolve();
      });
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) {
      for (const idle of this.#whenIdle.splice(0)) idle();
      return;
    }
    this.#writing =
      this.#waiting.join("") +
      (this.#dropped > 0 ? `(${this.#dropped} log lines were dropped: nobody read them)\n` : "");
    this.#waiting = [];
    this.#dropped = 0;
    const bytes = Buffer.from(this.#writing);
    this.#writeFrom(bytes, 0);
  }

  #writeFrom(bytes: Buffer, offset: number): void {
    write(this.#descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error === null && offset + written < bytes.length) return this.#writeFrom(bytes, offset + written);
      this.#writing = "";
      this.#next();
    });
  }

  #writeRest(): void {
    try {
      writeSync(this.#descriptor, this.#writing + this.#waiting.join(""));
    } catch {
      // Nobody reads: there is no one left to tell.
    }
  }
}

// Named pipes on Linux. A line is at most PIPE_BUF long, so that a non-blocking write takes all of it or nothing (pipe(7)). What a reader
// that ended has left in the pipe stays there for the next one, as long as our end is open.

import { closeSync, constants, fstatSync, lstatSync, openSync, writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import type { OpenPipe, Pipe, PipeOutcome } from "../pipes.ts";
import { makeFifo } from "./native.ts";

/** The longest line that is written as one (PIPE_BUF in the kernel's limits.h). */
const longestLine = 4096;

/** For its owner alone. */
const mode = 0o600;

/** Opens the writing end of a named pipe. */
export const openLinuxPipe: OpenPipe = (path) => new LinuxPipe(path);

class LinuxPipe implements Pipe {
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  prepare(): string | undefined {
    const found = lstatSync(this.#path, { throwIfNoEntry: false });
    if (found !== undefined) return found.isFIFO() ? undefined : notAPipe(this.#path);
    try {
      makeFifo(this.#path, mode);
      return undefined;
    } catch (thrown) {
      return `cannot make the named pipe ${this.#path}: ${messageOf(thrown)}`;
    }
  }

  write(line: string): PipeOutcome {
    const bytes = Buffer.from(line);
    if (bytes.length > longestLine) return { kind: "failed", problem: `a line of ${bytes.length} bytes is too long` };
    try {
      writeSync(this.#open(), bytes);
      return { kind: "written" };
    } catch (thrown) {
      return this.#outcomeOf(thrown);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #outcomeOf(thrown: unknown): PipeOutcome {
    switch ((thrown as NodeJS.ErrnoException).code) {
      case "EAGAIN":
        return { kind: "full" };
      case "ENXIO":
        return { kind: "no-reader" };
      case "EPIPE":
        // The next reader may have put another pipe in this one's place.
        if (!this.#isStillThere()) this.close();
        return { kind: "no-reader" };
      case "ENOENT":
        return this.#remade();
      default:
        return { kind: "failed", problem: messageOf(thrown) };
    }
  }

  #remade(): PipeOutcome {
    const problem = this.prepare();
    return problem === undefined ? { kind: "no-reader" } : { kind: "failed", problem };
  }

  /** Opening for writing without waiting fails as long as nobody reads (fifo(7), ENXIO). */
  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const fd = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (!fstatSync(fd).isFIFO()) {
      closeSync(fd);
      throw new Error(notAPipe(this.#path));
    }
    this.#fd = fd;
    return fd;
  }

  #isStillThere(): boolean {
    if (this.#fd === undefined) return false;
    const open = fstatSync(this.#fd);
    const found = lstatSync(this.#path, { throwIfNoEntry: false });
    return found?.ino === open.ino && found.dev === open.dev;
  }
}

function notAPipe(path: string): string {
  return `${path} is there and is no named pipe: remove it, or configure another path`;
}

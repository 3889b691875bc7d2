// The program that reads a FIFO (keepalived's …_fifo_script): started with the pipe's path as last argument, and again when it ends, less
// and less soon while it ends at once.

import type { Log } from "../base/log.ts";
import type { FifoModel, ProgramsModel } from "../config/model.ts";
import type { RunningProgram } from "../kernel/programs.ts";
import { pauseAfter } from "./core/retry.ts";
import type { RunProgram } from "./ports.ts";

/** What a reader needs. */
export interface FifoReaderOptions {
  readonly fifo: FifoModel;
  readonly programs: ProgramsModel;
  readonly run: RunProgram;
  readonly log: Log;
}

/** A reader that ran for so long has worked; the next start is the first again. */
const workedMs = 60_000;

/** The reader of one FIFO, from the moment it is made until it is closed. */
export class FifoReader {
  readonly fifo: FifoModel;
  readonly #options: FifoReaderOptions;
  #running: RunningProgram | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #closed = false;

  constructor(options: FifoReaderOptions) {
    this.#options = options;
    this.fifo = options.fifo;
    void this.#runOnce();
  }

  /** Ends the program: asks it, and has it killed when this process ends at the latest. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#running?.signal("SIGTERM");
  }

  async #runOnce(): Promise<void> {
    const { fifo, programs, run, log } = this.#options;
    const { path, reader } = fifo;
    if (reader === undefined) return;
    const startedAt = performance.now();
    const onStarted = (running: RunningProgram) => {
      this.#running = running;
    };
    const end = await run({ program: reader, more: [path], environment: {}, onStarted }, programs);
    this.#running = undefined;
    if (this.#closed) return;
    this.#attempts = performance.now() - startedAt > workedMs ? 1 : this.#attempts + 1;
    const pause = pauseAfter(this.#attempts);
    log.warn("fifo-reader-ended", { fifo: path, why: end.ok ? "it ended by itself" : end.reason, again_in_ms: pause });
    this.#timer = setTimeout(() => void this.#runOnce(), pause);
  }
}

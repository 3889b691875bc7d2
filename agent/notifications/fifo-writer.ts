// Writes lines into one named pipe, in order, for whoever reads it. A reader that is not there, or does not keep up, delays nobody: lines
// wait here, as many as there is room for, and then the oldest go and are counted.

import type { ReportEvent } from "../events/event.ts";
import type { OpenPipe, Pipe, PipeOutcome } from "../kernel/pipes.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import type { NotificationQueueView } from "./view.ts";

/** A line on its way. */
export interface WaitingText extends Waiting {
  readonly line: string;
}

/** What a writer needs. */
export interface FifoWriterOptions {
  readonly path: string;
  readonly open: OpenPipe;
  readonly report: ReportEvent;
  /** How many lines may wait. */
  readonly capacity?: number;
  /** How soon a pipe that takes nothing is tried again. */
  readonly retryMs?: number;
}

/** Room for two lines of each instance of a large director. */
const defaultCapacity = 10_000;

/** A reader that has just come gets what waits for it within this time. */
const defaultRetryMs = 100;

/** The writer of one named pipe. */
export class FifoWriter {
  readonly path: string;
  readonly #pipe: Pipe;
  readonly #backlog: Backlog<WaitingText>;
  readonly #retryMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor({ path, open, report, capacity = defaultCapacity, retryMs = defaultRetryMs }: FifoWriterOptions) {
    this.path = path;
    this.#pipe = open(path);
    this.#backlog = new Backlog({ name: `fifo ${path}`, capacity, report });
    this.#retryMs = retryMs;
    this.#backlog.stuck(this.#pipe.prepare() ?? "");
  }

  get view(): NotificationQueueView {
    return this.#backlog.view;
  }

  /** Writes a line when its turn comes. */
  add(line: WaitingText): void {
    this.#backlog.add(line);
    if (this.#timer === undefined) this.#writeAll();
  }

  /** Closes it for good: what waits is dropped. */
  remove(): void {
    this.#backlog.dropAll("it is no longer configured");
    this.close();
  }

  /** Stops; what waits is not done. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#backlog.close();
    this.#pipe.close();
  }

  #writeAll(): void {
    this.#timer = undefined;
    for (let item = this.#backlog.next(); item !== undefined && !this.#closed; item = this.#backlog.next()) {
      const outcome = this.#pipe.write(`${item.line}\n`);
      if (outcome.kind === "written") this.#backlog.delivered();
      else return this.#tryLater(outcome);
    }
  }

  #tryLater(outcome: Exclude<PipeOutcome, { kind: "written" }>): void {
    this.#backlog.stuck(problemOf(outcome));
    this.#timer = setTimeout(() => this.#writeAll(), this.#retryMs);
  }
}

function problemOf(outcome: Exclude<PipeOutcome, { kind: "written" }>): string {
  switch (outcome.kind) {
    case "no-reader":
      return "nobody reads it";
    case "full":
      return "its reader does not keep up";
    case "failed":
      return outcome.problem;
  }
}

// What waits for one target, what became of it, and how that is told: once for many that were dropped, at once for one that failed.

import type { ReportEvent } from "../events/event.ts";
import { WaitingLine } from "./core/waiting-line.ts";
import type { NotificationQueueView } from "./view.ts";

/** Something that waits for its turn. */
export interface Waiting {
  /** What it tells: "MASTER 150", or a mail's subject. */
  readonly what: string;
  /** Called once, when it was delivered or given up. */
  readonly done: () => void;
}

/** What a backlog needs. */
export interface BacklogOptions {
  /** As views and events call it: "fifo /run/vrrp.fifo". */
  readonly name: string;
  readonly capacity: number;
  readonly report: ReportEvent;
}

/** How long drops are gathered before they are told. */
const gatherMs = 1000;

/** The queue of one target with its counts. */
export class Backlog<T extends Waiting> {
  readonly #options: BacklogOptions;
  readonly #line: WaitingLine<T>;
  #current: T | undefined;
  #delivered = 0;
  #failed = 0;
  #dropped = 0;
  #problem = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options.capacity);
  }

  get view(): NotificationQueueView {
    const waiting = this.#line.size + (this.#current === undefined ? 0 : 1);
    const counts = { delivered: this.#delivered, failed: this.#failed, dropped: this.#dropped };
    return { name: this.#options.name, waiting, ...counts, problem: this.#problem };
  }

  /** Whether nothing waits and nothing is on its way. */
  get isEmpty(): boolean {
    return this.#line.size === 0 && this.#current === undefined;
  }

  /** Adds something at the end; the oldest that waits goes when there is no room. */
  add(item: T): void {
    const gone = this.#line.push(item);
    if (gone === undefined) return;
    this.#dropped += 1;
    this.#timer ??= setTimeout(() => this.#tellDropped(), gatherMs);
    gone.done();
  }

  /** What is to be delivered now: it is on its way until `delivered` or `failed` is called. */
  next(): T | undefined {
    this.#current ??= this.#line.shift();
    return this.#current;
  }

  /** What was on its way has arrived. */
  delivered(): void {
    this.#delivered += 1;
    this.#problem = "";
    this.#finish();
  }

  /** What was on its way is given up. */
  failed(reason: string): void {
    this.#failed += 1;
    this.#problem = reason;
    const { report, name: target } = this.#options;
    if (this.#current !== undefined)
      report({ kind: "notification-failed", target, notification: this.#current.what, reason });
    this.#finish();
  }

  /** Why nothing goes on at the moment. */
  stuck(problem: string): void {
    this.#problem = problem;
  }

  /** Takes out everything that waits or is on its way, for another to deliver. */
  takeAll(): readonly T[] {
    const all: T[] = [];
    for (let item = this.next(); item !== undefined; item = this.next()) {
      this.#current = undefined;
      all.push(item);
    }
    return all;
  }

  /** Drops everything, because there is nobody any more to deliver it to. */
  dropAll(reason: string): void {
    const all = this.takeAll();
    for (const { done } of all) done();
    const { report, name: target } = this.#options;
    if (all.length > 0) report({ kind: "notifications-dropped", target, count: all.length, reason });
  }

  /** Tells what is still to be told. */
  close(): void {
    if (this.#timer !== undefined) this.#tellDropped();
  }

  #finish(): void {
    const item = this.#current;
    this.#current = undefined;
    item?.done();
  }

  #tellDropped(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const reason = this.#problem === "" ? `more than ${this.#options.capacity} waited` : this.#problem;
    const count = this.#line.takeDropped();
    this.#options.report({ kind: "notifications-dropped", target: this.#options.name, count, reason });
  }
}

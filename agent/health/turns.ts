// When checkers are served: one timer for all their deadlines, on a grid, and never so many at a stretch that the process falls silent.

import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { after, elapsed, type Instant, instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { Lateness } from "../base/lateness.ts";

/** Deadlines are served in batches on a grid of this many milliseconds: thousands of checkers would otherwise wake the process thousands of times
 * a second, and waking costs more than probing. No server cares for 5 ms. */
const grid = 5;

/** So many are served at a stretch, for so long at most, and then for once as long the event loop belongs to answers, timers and control. Thousands
 * that are due at once are served late rather than all in one turn: a process that says nothing for seconds counts as hung and is replaced. */
const slice = { count: 100, duration: milliseconds(10) };

/** What has deadlines. */
export interface Served {
  /** The earliest deadline; undefined: none. */
  next(): Instant | undefined;
  /** Serves one whose deadline has come by then; false: there is none. */
  serve(now: Instant): boolean;
}

/** The turns of whoever has deadlines. */
export class Turns {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #served: Served;
  #armedFor: Instant | undefined;
  /** The slice that is not over: sockets do part of their work after the call that starts them. */
  #sliceStarted: Instant | undefined;
  #restUntil: Instant | undefined;
  readonly #lateness = new Lateness();
  #isClosed = false;

  constructor({ clock, createTimer }: { readonly clock: Clock; readonly createTimer: CreateTimer }, served: Served) {
    this.#clock = clock;
    this.#served = served;
    this.#timer = createTimer(() => this.#onTimer());
  }

  /** Deadlines may have changed. */
  arm(): void {
    const next = this.#isClosed ? undefined : this.#next();
    if (next === this.#armedFor) return;
    this.#armedFor = next;
    this.#timer.arm(next);
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#lateness.take();
  }

  /** There is no further turn. */
  close(): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  #onTimer(): void {
    const now = this.#clock.now();
    this.#lateness.note(this.#armedFor, now);
    this.#armedFor = undefined;
    this.#restUntil = undefined;
    if (this.#sliceStarted === undefined) this.#serve(now);
    else this.#rest(this.#sliceStarted, now);
    this.arm();
  }

  #serve(now: Instant): void {
    const end = after(now, slice.duration);
    for (let count = 0; count < slice.count && this.#clock.now() < end; count++) if (!this.#served.serve(now)) return;
    this.#sliceStarted = now;
    this.#restUntil = now;
  }

  /** The turn after a slice: now it is known how long it really took. */
  #rest(started: Instant, now: Instant): void {
    this.#sliceStarted = undefined;
    this.#restUntil = after(now, milliseconds(Math.max(grid, elapsed(started, now))));
  }

  #next(): Instant | undefined {
    if (this.#sliceStarted !== undefined) return this.#restUntil;
    const next = onGrid(this.#served.next());
    return next === undefined || this.#restUntil === undefined ? next : later(next, this.#restUntil);
  }
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

function onGrid(at: Instant | undefined): Instant | undefined {
  return at === undefined ? undefined : instant(Math.ceil(at / grid) * grid);
}

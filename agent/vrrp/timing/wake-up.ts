// The driver's only timer, and how punctual it is.

import type { Clock, CreateTimer, Timer } from "../../base/clock.ts";
import { elapsed, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import { Lateness } from "../../base/lateness.ts";

/** Wakes the driver at the earliest of its deadlines. */
export class WakeUp {
  readonly #clock: Clock;
  readonly #timer: Timer;
  #armedAt: Instant | undefined;
  /** From when a call could be expected: a deadline that had passed when it was armed is not late by that. */
  #expectedAt: Instant | undefined;
  readonly #lateness = new Lateness();

  /** `onWake` is given the time, and how long the process was held up before it; it settles what comes next by calling `arm`. */
  constructor(createTimer: CreateTimer, clock: Clock, onWake: (now: Instant, heldUp: Milliseconds) => void) {
    this.#clock = clock;
    this.#timer = createTimer(() => {
      const now = clock.now();
      const heldUp = since(this.#expectedAt, now);
      this.#lateness.note(this.#armedAt, now);
      this.#armedAt = undefined;
      onWake(now, heldUp);
    });
  }

  /** Asks for a call at the earliest of these; undefined ones do not count. */
  arm(deadlines: readonly (Instant | undefined)[]): void {
    const next = deadlines.reduce((first, at) =>
      first === undefined || (at !== undefined && at < first) ? at : first,
    );
    if (next === this.#armedAt) return;
    this.#armedAt = next;
    const now = this.#clock.now();
    this.#expectedAt = next === undefined || next > now ? next : now;
    this.#timer.arm(next);
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#lateness.take();
  }

  close(): void {
    this.#timer.close();
  }
}

function since(at: Instant | undefined, now: Instant): Milliseconds {
  return at === undefined ? milliseconds(0) : elapsed(at, now);
}

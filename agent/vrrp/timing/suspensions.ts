// Whether the machine was suspended. Its monotonic clock stands still meanwhile and the clock since boot does not: what grows between them
// is time in which nothing of ours ran, and of which no timer tells.

import type { MachineClock } from "../../base/clock.ts";
import { type Milliseconds, milliseconds } from "../../base/duration.ts";

/** Watches the two clocks. */
export class Suspensions {
  readonly #clock: MachineClock;
  #seen: number;

  constructor(clock: MachineClock) {
    this.#clock = clock;
    this.#seen = this.#suspended();
  }

  /** For how long the machine was suspended since the last call; undefined when it was not. */
  take(): Milliseconds | undefined {
    const length = this.#suspended() - this.#seen;
    if (length > 0) this.#seen += length;
    return length < shortest ? undefined : milliseconds(length);
  }

  /** Read in this order, so that a process that is held up between the clocks sees too little and never too much. */
  #suspended(): number {
    const sinceBoot = this.#clock.sinceBoot();
    return sinceBoot - this.#clock.now();
  }
}

/** Less is the inaccuracy of reading two clocks, one after the other. */
const shortest = milliseconds(10);

// How late a timer was.

import { elapsed, type Instant, type Milliseconds, milliseconds } from "./duration.ts";

/** The most that a timer was late since somebody last asked. */
export class Lateness {
  #most = milliseconds(0);

  /** It was due at `at`, and came now; undefined: it was not due at all. */
  note(at: Instant | undefined, now: Instant): void {
    const lateness = at === undefined ? milliseconds(0) : elapsed(at, now);
    if (lateness > this.#most) this.#most = lateness;
  }

  /** The most; from now on it is counted anew. */
  take(): Milliseconds {
    const most = this.#most;
    this.#most = milliseconds(0);
    return most;
  }
}

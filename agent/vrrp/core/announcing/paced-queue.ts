// What leaves one at a time, with at least a pace between two. It holds its deadline as data: whoever drives it asks when the next may leave,
// and takes what may.

import { after, type Instant, instant, type Milliseconds, milliseconds } from "../../../base/duration.ts";

/** A queue with a pace. A pace below a millisecond is kept from millisecond to millisecond, several at a time. */
export class PacedQueue<T> {
  readonly #pace: Milliseconds;
  readonly #most: number;
  #items: T[] = [];
  #nextAt = instant(0);

  constructor(pace: Milliseconds) {
    this.#most = Math.max(1, Math.floor(finest / pace));
    this.#pace = milliseconds(pace * this.#most);
  }

  /** Puts these at the end. */
  add(items: readonly T[]): void {
    for (const item of items) this.#items.push(item);
  }

  /** Takes out what is no longer wanted. */
  drop(isUnwanted: (item: T) => boolean): void {
    this.#items = this.#items.filter((item) => !isUnwanted(item));
  }

  /** When the next may leave, which may be past; undefined when nothing waits. */
  nextDeadline(): Instant | undefined {
    return this.#items.length === 0 ? undefined : this.#nextAt;
  }

  /** All that waits, in its order. */
  waiting(): readonly T[] {
    return this.#items;
  }

  /** Those that may leave now. Nobody who came late catches up: the pace is the least, and not the mean. */
  take(now: Instant): readonly T[] {
    if (this.#items.length === 0 || this.#nextAt > now) return [];
    this.#nextAt = after(now, this.#pace);
    return this.#items.splice(0, this.#most);
  }
}

const finest = milliseconds(1);

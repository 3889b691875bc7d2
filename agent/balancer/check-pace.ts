// When to look at the whole table next: regularly, soon after a refusal and then less and less often, and soon after a push, which looked only
// at what it changed. Deadlines as data; whoever holds this owns the timer.

import { after, type Instant, instant, type Milliseconds, milliseconds, seconds } from "../base/duration.ts";

/** The wait after a push, and after a first refusal; the latter doubles with every further one. */
const soon = seconds(1);

/** A controller that pushes every second shall not have the whole table read every second. */
const leastAfterPush = seconds(10);

/** The deadline of the next look at everything. */
export class CheckPace {
  readonly #interval: Milliseconds;
  #failures = 0;
  #last: Instant | undefined;
  #next: Instant | undefined;

  constructor(interval: Milliseconds) {
    this.#interval = interval;
  }

  /** When to look next; undefined before anything happened. */
  get next(): Instant | undefined {
    return this.#next;
  }

  /** Everything was looked at and is right. */
  right(now: Instant): void {
    this.#failures = 0;
    this.#last = now;
    this.#next = after(now, this.#interval);
  }

  /** Something was refused, or the kernel could not be asked. */
  failed(now: Instant): void {
    const wait = Math.min(soon * 2 ** this.#failures, this.#interval);
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#next = after(now, milliseconds(wait));
  }

  /** A push was carried out that did not look at everything. */
  pushed(now: Instant): void {
    const earliest = Math.max(after(now, soon), this.#last === undefined ? 0 : after(this.#last, leastAfterPush));
    this.#next = instant(Math.min(this.#next ?? earliest, earliest));
  }
}

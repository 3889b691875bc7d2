// Time that stands still until a test moves it. Every action that waits for a point in time (timers, deliveries on the wire, lifetimes of
// addresses) waits here, so that a whole pair of directors runs in one order that depends on nothing but the seed.

import type { CreateTimer, MachineClock, Timer } from "../../base/clock.ts";
import { after, type Instant, instant, type Milliseconds, milliseconds } from "../../base/duration.ts";

interface Waiting {
  readonly at: Instant;
  readonly action: () => void;
}

/** One instant has this many actions at most; more mean that a timer asks for "at once" again and again. */
const mostAtOneInstant = 100_000;

/** A clock that tests move. Actions due at the same point run in the order in which they were asked for. */
export class VirtualClock implements MachineClock {
  #now: Instant;
  readonly #wallAtStart: number;
  readonly #start: Instant;
  readonly #waiting: Waiting[] = [];
  #suspended = 0;

  /** `start` and `wallAtStart` in milliseconds; the defaults are far from zero, so that a forgotten offset shows. */
  constructor(start = 1_000_000, wallAtStart = 1_700_000_000_000) {
    this.#start = instant(start);
    this.#now = this.#start;
    this.#wallAtStart = wallAtStart;
  }

  now(): Instant {
    return this.#now;
  }

  sinceBoot(): Milliseconds {
    return milliseconds(this.#now + this.#suspended);
  }

  /** The machine was suspended: monotonic time has stood still, and all that waits for a point in it still waits as long. */
  suspend(duration: Milliseconds): void {
    this.#suspended += duration;
  }

  wall(): number {
    return this.#wallAtStart + (this.#now - this.#start) + this.#suspended;
  }

  /** Runs the action when time reaches `at`, or with the next advance if that is past. The returned function takes the wish back. */
  at(at: Instant, action: () => void): () => void {
    const waiting = { at: at < this.#now ? this.#now : at, action };
    this.#waiting.splice(this.#placeFor(waiting.at), 0, waiting);
    return () => this.#forget(waiting);
  }

  /** Makes a timer of this clock. */
  readonly createTimer: CreateTimer = (onDeadline): Timer => {
    let forget = () => {};
    const arm = (at: Instant | undefined) => {
      forget();
      forget = at === undefined ? () => {} : this.at(at, onDeadline);
    };
    return { arm, close: () => arm(undefined) };
  };

  /** When the next action is due; undefined when nothing waits. */
  nextDeadline(): Instant | undefined {
    return this.#waiting[0]?.at;
  }

  /** Moves time on, and runs everything that becomes due, each at its own time. */
  advance(duration: Milliseconds): void {
    this.advanceTo(after(this.#now, duration));
  }

  /** Moves time to `end`, and runs everything due until then and at that point. */
  advanceTo(end: Instant): void {
    let atThisInstant = 0;
    for (let next = this.#waiting[0]; next !== undefined && next.at <= end; next = this.#waiting[0]) {
      atThisInstant = next.at === this.#now ? atThisInstant + 1 : 0;
      if (atThisInstant > mostAtOneInstant)
        throw new Error(`time stands still at ${this.#now}: a timer is armed for now for ever`);
      this.#runFirst(next);
    }
    if (end > this.#now) this.#now = end;
  }

  /** Moves time to the next deadline and runs everything due then. False when nothing waits. */
  advanceToNextDeadline(): boolean {
    const next = this.nextDeadline();
    if (next !== undefined) this.advanceTo(next);
    return next !== undefined;
  }

  /** Moves time from deadline to deadline until the condition holds; false when `limit` passed before. */
  advanceUntil(condition: () => boolean, limit: Milliseconds): boolean {
    const end = after(this.#now, limit);
    while (!condition()) {
      const next = this.nextDeadline();
      if (next === undefined || next > end) {
        this.advanceTo(end);
        return condition();
      }
      this.advanceTo(next);
    }
    return true;
  }

  #runFirst(first: Waiting): void {
    this.#waiting.shift();
    this.#now = first.at;
    first.action();
  }

  #placeFor(at: Instant): number {
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.at ?? at) > at) place--;
    return place;
  }

  #forget(waiting: Waiting): void {
    const place = this.#waiting.indexOf(waiting);
    if (place >= 0) this.#waiting.splice(place, 1);
  }
}

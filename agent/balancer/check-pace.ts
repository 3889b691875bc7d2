// When to look at the table next. A glance, which asks for the services alone and for the destinations of some, comes regularly. A look at everything comes
// soon after a refusal and then less and less often, and soon after a push, which looked only at what it changed. Deadlines as data;
// whoever holds this owns the timer.

import { after, type Instant, instant, type Milliseconds, milliseconds, seconds } from "../base/duration.ts";

/** The wait after a push, and after a first refusal; the latter doubles with every further one. */
const soon = seconds(1);

/** The longest wait after a refusal. */
const patience = seconds(60);

/** A controller that pushes every second shall not have the whole table read every second. */
const leastAfterPush = seconds(10);

/** The deadlines of the next looks. */
export class CheckPace {
  readonly #interval: Milliseconds;
  #failures = 0;
  /** How often in a row a look has found that somebody else had changed something. */
  #fights = 0;
  #last: Instant | undefined;
  #everything: Instant | undefined;
  #glance: Instant | undefined;

  /** `interval`: from one glance to the next. */
  constructor(interval: Milliseconds) {
    this.#interval = interval;
  }

  /** When to look next; undefined before anything happened. */
  get next(): Instant | undefined {
    if (this.#everything === undefined || this.#glance === undefined) return this.#everything ?? this.#glance;
    return instant(Math.min(this.#everything, this.#glance));
  }

  /** Which look is due. */
  due(now: Instant): "everything" | "glance" | undefined {
    if (this.#everything !== undefined && this.#everything <= now) return "everything";
    return this.#glance !== undefined && this.#glance <= now ? "glance" : undefined;
  }

  /** Everything was looked at and is right. */
  right(now: Instant): void {
    this.#seen(now);
    this.glanced(now);
  }

  /** A glance found nothing wrong. */
  glanced(now: Instant): void {
    this.#fights = 0;
    this.#glance = after(now, this.#interval);
  }

  /** Everything was looked at, and what somebody else had changed was put right. Whoever changes it again and again is not answered every time, or two
   * programs would fight over every connection: the next glance comes later and later, until one finds nothing wrong. */
  repaired(now: Instant): void {
    this.#seen(now);
    const longest = Math.max(patience, this.#interval);
    this.#glance = after(now, milliseconds(Math.min(this.#interval * 2 ** this.#fights, longest)));
    this.#fights = Math.min(this.#fights + 1, 16);
  }

  #seen(now: Instant): void {
    this.#failures = 0;
    this.#last = now;
    this.#everything = undefined;
  }

  /** Something was refused, or the kernel could not be asked. A glance would only find the same. */
  failed(now: Instant): void {
    const wait = Math.min(soon * 2 ** this.#failures, patience);
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#everything = after(now, milliseconds(wait));
    this.#glance = undefined;
  }

  /** A push was carried out that did not look at everything. */
  pushed(now: Instant): void {
    const earliest = Math.max(after(now, soon), this.#last === undefined ? 0 : after(this.#last, leastAfterPush));
    this.#everything = instant(Math.min(this.#everything ?? earliest, earliest));
    this.#glance ??= after(now, this.#interval);
  }
}

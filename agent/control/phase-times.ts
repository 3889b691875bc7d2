import type { Clock } from "../base/clock.ts";
import { elapsed, type Instant } from "../base/duration.ts";
import type { Applied, ApplyPhase } from "./words/outcome.ts";

/** How long each phase of a change took; a phase that failed is left out. */
export class PhaseTimes {
  readonly #clock: Clock;
  readonly #phases: { name: ApplyPhase; durationMs: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  measure<T>(name: ApplyPhase, action: () => T): T {
    const start = this.#clock.now();
    const value = action();
    this.#add(name, start);
    return value;
  }

  async wait<T>(name: ApplyPhase, action: () => Promise<T>): Promise<T> {
    const start = this.#clock.now();
    const value = await action();
    this.#add(name, start);
    return value;
  }

  list(): Applied["phases"] {
    return [...this.#phases];
  }

  /** How long all of them took together. */
  get total(): number {
    return this.#phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  }

  #add(name: ApplyPhase, start: Instant): void {
    this.#phases.push({ name, durationMs: elapsed(start, this.#clock.now()) });
  }
}

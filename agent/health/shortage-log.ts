import type { Clock } from "../base/clock.ts";
import { after, type Instant, seconds } from "../base/duration.ts";
import type { Log } from "../base/log.ts";

const quiet = seconds(10);

/** Says that attempts could not be made: at most one line in ten seconds, however many checkers there are. */
export class ShortageLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #quietUntil: Instant | undefined;
  #unsaid = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note(detail: string): void {
    const now = this.#clock.now();
    this.#unsaid += 1;
    if (this.#quietUntil !== undefined && now < this.#quietUntil) return;
    this.#log.warn("probe-not-made", { detail, attempts: this.#unsaid });
    this.#quietUntil = after(now, quiet);
    this.#unsaid = 0;
  }
}

// Looks at the clock while a child is connected, and says when it has been silent for too long.

import type { Clock } from "../base/clock.ts";
import { beginHeartbeat, type HeartbeatLimits, type HeartbeatState, heard, look } from "./core/heartbeat.ts";

/** A watch over one child after the other. Idle until `begin`. */
export class HeartbeatWatch {
  readonly #clock: Clock;
  readonly #limits: HeartbeatLimits;
  readonly #isBusy: () => boolean;
  readonly #onHung: () => void;
  #state: HeartbeatState;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(clock: Clock, limits: HeartbeatLimits, isBusy: () => boolean, onHung: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isBusy = isBusy;
    this.#onHung = onHung;
    this.#state = beginHeartbeat(clock.now());
  }

  /** A child has greeted. */
  begin(): void {
    this.end();
    this.#state = beginHeartbeat(this.#clock.now());
    this.#timer = setInterval(() => this.#look(), this.#limits.look);
  }

  /** It said something. */
  heard(): void {
    this.#state = heard(this.#state, this.#clock.now());
  }

  /** There is nobody to watch. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const seen = look(this.#state, this.#limits, this.#isBusy(), this.#clock.now());
    this.#state = seen.state;
    if (!seen.hung) return;
    this.end();
    this.#onHung();
  }
}

// Looks at the clock when a connected child may have been silent for too long, and says so when it was.

import type { Clock } from "../base/clock.ts";
import { beginHeartbeat, type HeartbeatLimits, type HeartbeatState, heard, look } from "./core/heartbeat.ts";

/** A watch over one child after the other. Idle until `begin`. */
export class HeartbeatWatch {
  readonly #clock: Clock;
  readonly #limits: HeartbeatLimits;
  readonly #isBusy: () => boolean;
  readonly #onHung: () => void;
  #state: HeartbeatState;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(clock: Clock, limits: HeartbeatLimits, isBusy: () => boolean, onHung: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isBusy = isBusy;
    this.#onHung = onHung;
    this.#state = beginHeartbeat(limits, clock.now());
  }

  /** A child has greeted. */
  begin(): void {
    this.end();
    this.#state = beginHeartbeat(this.#limits, this.#clock.now());
    this.#wait();
  }

  /** It said something. */
  heard(): void {
    this.#state = heard(this.#state, this.#clock.now());
  }

  /** There is nobody to watch. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#look(), Math.ceil(this.#state.lookAt - this.#clock.now()));
  }

  #look(): void {
    const seen = look(this.#state, this.#limits, this.#isBusy(), this.#clock.now());
    this.#state = seen.state;
    if (!seen.hung) return this.#wait();
    this.end();
    this.#onHung();
  }
}

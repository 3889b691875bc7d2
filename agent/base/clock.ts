import type { Instant, Milliseconds } from "./duration.ts";

/** The clocks that drivers read. Cores never see it: they are given `now`. */
export interface Clock {
  /** CLOCK_MONOTONIC: does not jump, stands still while the machine is suspended. */
  now(): Instant;
  /** Unix time in whole milliseconds, for people and journals only. */
  wall(): number;
}

/** The clocks of a driver to which a suspended machine matters. */
export interface MachineClock extends Clock {
  /** CLOCK_BOOTTIME: how long the machine has been up, with the time in which it was suspended. */
  sinceBoot(): Milliseconds;
}

/** One timer of a driver: it holds at most one deadline. A call that comes early or twice must be harmless to its owner. */
export interface Timer {
  /** Asks for a call at `at`, replacing an earlier wish; undefined asks for none. A point in the past asks for a call at once. */
  arm(at: Instant | undefined): void;
  close(): void;
}

/** Makes a driver's timer. */
export type CreateTimer = (onDeadline: () => void) => Timer;

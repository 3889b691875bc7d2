// The clocks and timers of drivers on a real machine. A native timer never fires early and waits on a thread of its own, so that it is exact
// to the kernel and not to the event loop's milliseconds.

import type { CreateTimer, MachineClock } from "../../base/clock.ts";
import { instant, milliseconds } from "../../base/duration.ts";
import { clock, createTimer } from "./native.ts";

/** CLOCK_MONOTONIC and the time of day. */
export const linuxClock: MachineClock = {
  now: () => instant(clock("monotonic")),
  sinceBoot: () => milliseconds(clock("boottime")),
  wall: () => Math.floor(clock("realtime")),
};

/** Makes a timer on CLOCK_MONOTONIC. While it is armed it keeps the process alive. */
export const createLinuxTimer: CreateTimer = (onDeadline) => {
  const timer = createTimer(onDeadline);
  return {
    arm: (at) => (at === undefined ? timer.disarm() : timer.arm(at)),
    close: () => timer.close(),
  };
};

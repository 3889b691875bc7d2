// How a real server that has recovered gets its weight back: step by step over the time of the slow start, so that its caches and pools are warm
// before it has its whole share of new connections.

import { type Instant, instant, type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";

/** Steps closer than this would only keep the kernel busy. */
const leastStep = seconds(1);

/** A ramp that began at an instant. */
export interface Ramp {
  readonly began: Instant;
  readonly duration: Milliseconds;
}

/** The weight now: at first one step's worth, at least 1, and the whole weight from the end of the ramp. Weight 0 stays 0. */
export function rampedWeight(weight: number, ramp: Ramp, now: Instant): number {
  if (weight === 0 || now >= endOf(ramp)) return weight;
  const count = stepCount(weight, ramp);
  return Math.max(1, Math.round((weight * (stepAt(count, ramp, now) + 1)) / (count + 1)));
}

/** When the weight changes next; undefined when the ramp is over. */
export function nextRampStep(weight: number, ramp: Ramp, now: Instant): Instant | undefined {
  if (now >= endOf(ramp)) return undefined;
  const count = stepCount(weight, ramp);
  return instant(ramp.began + beginOf(stepAt(count, ramp, now) + 1, count, ramp));
}

function endOf({ began, duration }: Ramp): Instant {
  return instant(began + duration);
}

/** A weight of n has n - 1 steps below it at most. */
function stepCount(weight: number, { duration }: Ramp): number {
  return Math.max(1, Math.min(weight - 1, Math.floor(duration / leastStep)));
}

/** When a step begins, in whole milliseconds after the ramp did: a fraction would be a deadline that comes again and again. */
function beginOf(step: number, count: number, { duration }: Ramp): Milliseconds {
  return milliseconds(Math.ceil((step * duration) / count));
}

function stepAt(count: number, ramp: Ramp, now: Instant): number {
  const passed = Math.max(0, now - ramp.began);
  const step = Math.floor((passed * count) / ramp.duration);
  return beginOf(step + 1, count, ramp) <= passed ? step + 1 : step;
}

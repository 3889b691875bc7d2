// What an operator says about the weight of a real server for a while, above what is configured and below what health says: a server that is down
// stays out, whatever its weight.

import type { Instant } from "../../base/duration.ts";

/** A weight that counts instead of the configured one. */
export interface WeightOverride {
  readonly weight: number;
  /** Until when; until it is taken back unless given. */
  readonly expires?: Instant;
}

/** The weight that counts now. */
export function overriddenWeight(configured: number, override: WeightOverride | undefined, now: Instant): number {
  return override === undefined || isExpired(override, now) ? configured : override.weight;
}

/** Whether it counts no longer. */
export function isExpired({ expires }: WeightOverride, now: Instant): boolean {
  return expires !== undefined && now >= expires;
}

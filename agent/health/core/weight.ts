// What a real server weighs: what is configured, and what its checkers make of it. Worked out from the list every time.

import type { WeightEffect } from "./probe-outcome.ts";

/** The most that IPVS is given (keepalived has the same limit). */
const heaviest = 65_535;

/** The weight in effect: the last that a checker sets in place of the configured one, what others add, and then the smallest share. */
export function effectiveWeight(configured: number, effects: Iterable<WeightEffect>): number {
  let base = configured;
  let added = 0;
  let percent: number | undefined;
  for (const effect of effects)
    switch (effect.kind) {
      case "set":
        base = effect.weight;
        break;
      case "add":
        added += effect.weight;
        break;
      case "percent":
        percent = Math.min(percent ?? effect.percent, effect.percent);
        break;
    }
  const weight = (base + added) * ((percent ?? 100) / 100);
  // A small share of a small weight is still a share; nothing is only what is said to be nothing.
  const whole = weight > 0 && weight < 1 ? 1 : Math.round(weight);
  return Math.min(Math.max(whole, 0), heaviest);
}

// The kernel's counters as they are shown. Views travel as JSON, which has no whole numbers of 64 bits: so they are texts, and as there are ten of them
// for every destination, a list without names, and nothing at all where nothing was counted.

import { type Counters, counterNames } from "../kernel/ipvs.ts";
import type { CountersView } from "./view.ts";

/** The sum of several; undefined where all of them are zero. */
export function countersView(all: readonly Counters[]): CountersView | undefined {
  const sums = counterNames.map((name) => all.reduce((sum, counters) => sum + counters[name], 0n));
  return sums.every((sum) => sum === 0n) ? undefined : sums.map(String);
}

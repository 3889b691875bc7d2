// How processes run, at random.

import fc from "fast-check";
import { optional } from "./values.ts";

const run = {
  cpuAffinity: fc.array(fc.integer({ min: 0, max: 1023 }), { minLength: 1, maxLength: 3 }),
  realTimePriority: fc.integer({ min: 1, max: 99 }),
};

/** The processes of the agent. */
export const processes = fc.record(
  {
    vrrp: fc.record(run, optional),
    checkers: fc.record({ ...run, nice: fc.integer({ min: -20, max: 19 }), lockMemory: fc.boolean() }, optional),
  },
  optional,
);

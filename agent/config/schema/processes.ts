// How the agent's processes are run by the kernel: on which processors, and before whom.

import * as z from "zod";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** sched_setaffinity(2) takes what is there, and refuses when nothing of it is. */
const cpuAffinity = () =>
  z
    .array(integer(0, 1023))
    .check(z.minLength(1))
    .optional()
    .register(
      ...says(
        "The processors that it may run on, by their numbers; those of the agent unless given. Two at least: on one alone the compiler and the collector hold up what is due.",
      ),
    );

const vrrpProcessSchema = z.strictObject({
  cpuAffinity: cpuAffinity(),
  realTimePriority: integer(1, 99)
    .default(40)
    .register(
      ...says(
        "Its real-time priority (SCHED_FIFO), which its advertisements are on time by. At 50 and above it goes before the kernel's own threads.",
      ),
    ),
});

const checkersProcessSchema = z.strictObject({
  cpuAffinity: cpuAffinity(),
  realTimePriority: integer(1, 99)
    .optional()
    .register(...says("Its real-time priority (SCHED_FIFO); none unless given.")),
  nice: integer(-20, 19)
    .optional()
    .register(...says("How far it stands back behind others (nice); as the agent unless given.")),
  lockMemory: z
    .boolean()
    .default(false)
    .register(...says("Whether its memory is never swapped out. That of the vrrp process never is.")),
});

/** The processes of the agent. */
export const processesSchema = z.strictObject({
  vrrp: vrrpProcessSchema.prefault({}).register(...says("The one with elections and BFD sessions.")),
  checkers: checkersProcessSchema.prefault({}).register(...says("The one with checks and IPVS.")),
});

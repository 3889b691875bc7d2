// What instances and sync groups follow besides their own interface, and what there is to follow: scripts, processes and files. What a
// tracker says counts as its weight, or as a fault where the weight is 0.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { notifySchema } from "./notify.ts";
import { account, command } from "./program.ts";
import { says } from "./says.ts";
import { integer, interfaceName, name, pattern } from "./scalar.ts";

const none = milliseconds(0);

/** How much a tracker counts. `limit` on both sides. */
function weight(limit: number, description: string) {
  return integer(-limit, limit)
    .optional()
    .register(...says(description));
}

const reverse = z
  .boolean()
  .optional()
  .register(...says("Whether it counts the other way round. False unless given."));

/** What follows one tracker; its text alone when nothing else is said. */
function follows(limit: number, nameSchema: ReturnType<typeof name>) {
  const fields = z.strictObject({
    name: nameSchema.register(...says("What is followed.")),
    weight: weight(
      limit,
      "Above 0: added while it is up. Below 0: taken off while it is down. 0: fault while it is down. As where it is defined unless given.",
    ),
    reverse,
  });
  return z.codec(z.unknown(), fields, {
    decode: (value) => (typeof value === "string" ? { name: value } : (value as { name: string })),
    encode: (value) => (value.weight === undefined && value.reverse === undefined ? value.name : value),
  });
}

/** The most that an interface or script counts; a process or file may count one more. */
const usualLimit = 253;
const widerLimit = 254;

/** The fields of an instance or a group about what it follows. */
export const trackFields = {
  trackInterfaces: z
    .array(follows(usualLimit, interfaceName()))
    .default([])
    .register(...says("Other interfaces that must be up (keepalived: track_interface).")),
  trackScripts: z
    .array(follows(usualLimit, name()))
    .default([])
    .register(...says("Scripts of tracked_scripts that must succeed (keepalived: track_script).")),
  trackProcesses: z
    .array(follows(widerLimit, name()))
    .default([])
    .register(...says("Processes of tracked_processes that must run (keepalived: track_process).")),
  trackFiles: z
    .array(follows(widerLimit, name()))
    .default([])
    .register(...says("Files of tracked_files whose number counts, times the weight (keepalived: track_file).")),
  trackBfdSessions: z
    .array(follows(usualLimit, name()))
    .default([])
    .register(...says("Sessions of bfd_sessions that must be up (keepalived: track_bfd).")),
};

/** What an instance follows. */
export const instanceTrackFields = {
  ...trackFields,
  trackPrimary: z
    .boolean()
    .default(true)
    .register(...says("Whether the instance is in fault while its own interface is down. False: dont_track_primary.")),
};

/** Whom a program runs as. */
const accountFields = {
  user: account()
    .optional()
    .register(...says("The user it runs as; that of programs unless given.")),
  group: account()
    .optional()
    .register(...says("The group it runs as; the user's own unless given.")),
};

/** A script that is run again and again. */
export const trackedScriptSchema = z.strictObject({
  name: name().register(...says("Unique among the scripts.")),
  command: command().register(...says("The program with its arguments. Exit code 0 is success.")),
  interval: duration({ min: milliseconds(100), max: seconds(86_400) })
    .default(seconds(1))
    .register(...says("From one run to the next.")),
  timeout: duration({ min: milliseconds(10), max: seconds(86_400) })
    .optional()
    .register(...says("A run that takes longer has failed, and is ended. The interval unless given.")),
  weight: weight(
    usualLimit,
    "How much it counts where nothing else is said; 0 unless given: a failed script is a fault.",
  ),
  reverse,
  rise: integer(1, 1_000_000)
    .default(1)
    .register(...says("Successes in a row after which a failed script counts as up.")),
  fall: integer(1, 1_000_000)
    .default(1)
    .register(...says("Failures in a row after which it counts as down.")),
  initiallyFailed: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether it counts as down until it has succeeded (init_fail); otherwise it counts as up until its first end.",
      ),
    ),
  ...accountFields,
});

const delayLimits = { min: none, max: seconds(3600) };

/** A process that must run. */
export const trackedProcessSchema = z.strictObject({
  name: name().register(...says("Unique among the processes.")),
  process: pattern(/^[^\0]{1,4096}$/, "the name of a process like haproxy").register(
    ...says("Its name, as the kernel shows it (ps -o comm); with full_command what it was started as."),
  ),
  parameters: z
    .array(z.string())
    .default([])
    .register(...says("The parameters that it must have.")),
  parameterMatch: z
    .enum(["exact", "partial", "initial"])
    .optional()
    .register(
      ...says(
        "exact: these parameters and no others. partial: these first. initial: these first, and the last may go on. Exact where parameters are given.",
      ),
    ),
  fullCommand: z
    .boolean()
    .default(false)
    .register(...says("Compare what the process was started as, not its name.")),
  quorum: integer(1, 65_535)
    .default(1)
    .register(...says("How many of them must run at least.")),
  quorumMax: integer(0, 65_535)
    .optional()
    .register(...says("How many may run at most; any number unless given.")),
  weight: weight(
    widerLimit,
    "How much it counts where nothing else is said; 0 unless given: without quorum it is a fault.",
  ),
  reverse,
  forkDelay: duration(delayLimits)
    .default(none)
    .register(...says("How long the quorum must be there before it counts.")),
  terminateDelay: duration(delayLimits)
    .default(none)
    .register(...says("How long the quorum must be gone before that counts.")),
});

/** A file with a number in it. */
export const trackedFileSchema = z.strictObject({
  name: name().register(...says("Unique among the files.")),
  file: pattern(/^\/[^\0]{1,4095}$/, "a path that begins with /").register(
    ...says("The file. Its text is a whole number; a file that is missing or has none counts as 0."),
  ),
  weight: weight(
    widerLimit,
    "What the number is multiplied with; 1 unless given. 0: a number other than 0 is a fault.",
  ),
  reverse,
  initialValue: z
    .int()
    .check(z.gte(-2_147_483_648), z.lte(2_147_483_647))
    .optional()
    .register(...says("The number that is written into the file at start when it does not exist (init_file).")),
  overwrite: z
    .boolean()
    .default(false)
    .register(...says("Whether initial_value is written also when the file exists.")),
});

/** How long a change of an interface must last before it counts. */
export const interfaceDelaySchema = z.strictObject({
  interface: interfaceName().register(...says("The interface.")),
  down: duration({ min: none, max: seconds(255) })
    .default(none)
    .register(...says("How long it must be down before it counts as down.")),
  up: duration({ min: none, max: seconds(255) })
    .default(none)
    .register(...says("How long it must be up before it counts as up.")),
});

/** Instances that move together. */
export const syncGroupSchema = z.strictObject({
  name: name().register(...says("Unique among the groups.")),
  members: z
    .array(name())
    .check(z.minLength(1))
    .register(...says("The names of its instances: all become master together, and a fault of one is a fault of all.")),
  ...trackFields,
  trackingWeight: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether weights of what single members follow count (sync_group_tracking_weight); otherwise only what is followed with weight 0 does.",
      ),
    ),
  notify: notifySchema.prefault({}),
});

/** The lists of a document about what is followed. */
export const trackingFields = {
  trackedScripts: z
    .array(trackedScriptSchema)
    .default([])
    .register(...says("Scripts to follow (keepalived: vrrp_script).")),
  trackedProcesses: z
    .array(trackedProcessSchema)
    .default([])
    .register(...says("Processes to follow (keepalived: vrrp_track_process).")),
  trackedFiles: z
    .array(trackedFileSchema)
    .default([])
    .register(...says("Files to follow (keepalived: track_file, vrrp_track_file).")),
  interfaceDelays: z
    .array(interfaceDelaySchema)
    .default([])
    .register(...says("How long changes of interfaces must last before they count (interface_up_down_delays).")),
  vrrpSyncGroups: z
    .array(syncGroupSchema)
    .default([])
    .register(...says("Instances that move together (keepalived: vrrp_sync_group).")),
};

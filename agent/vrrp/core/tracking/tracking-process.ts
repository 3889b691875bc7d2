// Which processes count for a tracked process, and whether there are enough of them (keepalived's vrrp_track_process).

import type { TrackedProcessModel } from "../../../config/model.ts";

/** A process as it is compared: its name (15 characters at most), and what it was started with. */
export interface ComparedProcess {
  readonly name: string;
  readonly args: readonly string[];
}

/** The kernel cuts names to so many characters (TASK_COMM_LEN of linux/sched.h, without the NUL). */
const longestName = 15;

/** Whether the process is one of those that are tracked. */
export function isTracked(tracked: TrackedProcessModel, { name, args }: ComparedProcess): boolean {
  const { process: wanted, fullCommand, parameters } = tracked;
  if (fullCommand ? args[0] !== wanted : name !== wanted.slice(0, longestName)) return false;
  if (parameters === undefined) return true;
  const given = args.slice(1);
  const { match, list } = parameters;
  if (match === "exact" && given.length !== list.length) return false;
  return list.every((parameter, place) => {
    const isLast = place === list.length - 1;
    return match === "initial" && isLast ? given[place]?.startsWith(parameter) === true : given[place] === parameter;
  });
}

/** Whether the arguments of processes must be read to compare them. */
export function comparesArguments({ fullCommand, parameters }: TrackedProcessModel): boolean {
  return fullCommand || parameters !== undefined;
}

/** Whether so many are enough, and not too many. */
export function hasQuorum({ quorum, quorumMax }: TrackedProcessModel, count: number): boolean {
  return count >= quorum && (quorumMax === undefined || count <= quorumMax);
}

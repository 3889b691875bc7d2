// Facts about processes from /proc, so that only a process that is really ours is ever ended.

import { readFileSync, readlinkSync } from "node:fs";

/** Whether the process runs: it exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  const state = statFields(pid)?.[0];
  // Where /proc cannot be read, for instance because too many files are open, the signal that does nothing tells.
  return state === undefined ? signalProcess(pid, 0) : !/^[ZX]/.test(state);
}

/** When the process was started, in Unix milliseconds by the wall clock that says `now`; undefined when it is gone. */
export function startedAt(pid: number, now: number): number | undefined {
  const ticks = Number(statFields(pid)?.[startTimeField]);
  const uptime = Number(readText("/proc/uptime")?.split(" ")[0]);
  const age = uptime * 1000 - (ticks * 1000) / ticksPerSecond;
  return Number.isFinite(age) ? Math.round(now - Math.max(0, age)) : undefined;
}

/** The command line of a process; empty when it is gone. */
export function commandLine(pid: number): readonly string[] {
  return (readProc(pid, "cmdline") ?? "").split("\0").slice(0, -1);
}

/** Whether a process is in another network namespace than this one; false where that cannot be told. */
export function isInOtherNetwork(pid: number): boolean {
  const of = (process: number | "self") => readlinkSync(`/proc/${process}/ns/net`);
  try {
    return of(pid) !== of("self");
  } catch {
    return false;
  }
}

/** Sends a signal, or with 0 only looks; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** USER_HZ, the unit of times in /proc: the same on every architecture that we build for. */
const ticksPerSecond = 100;

/** `starttime` (proc(5): field 22), counted from the state (field 3). */
const startTimeField = 19;

/** The fields of /proc/PID/stat from the state on. The command before them may contain spaces and brackets; it ends at the last ")". */
function statFields(pid: number): readonly string[] | undefined {
  const stat = readProc(pid, "stat");
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readProc(pid: number, file: string): string | undefined {
  return readText(`/proc/${pid}/${file}`);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

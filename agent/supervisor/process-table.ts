// Facts about processes from /proc, so that only a process that is really ours is ever ended.

import { readFileSync } from "node:fs";

/** Whether the process runs: it exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  const stat = readProc(pid, "stat");
  // The command may contain spaces and brackets; the state letter follows the last ")".
  return stat !== undefined && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}

/** The command line of a process; empty when it is gone. */
export function commandLine(pid: number): readonly string[] {
  return (readProc(pid, "cmdline") ?? "").split("\0").slice(0, -1);
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

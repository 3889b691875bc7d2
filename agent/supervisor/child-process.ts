// The process of a role: where it is found, and how it is made sure that it is gone. A process is ours only if it says so in its command line:
// a pid file may be of yesterday, and its number may be anybody's today.

import { readdirSync, readFileSync } from "node:fs";
import { commandLine, isRunning, signalProcess } from "./process-table.ts";
import type { ChildRole } from "./protocol.ts";

/** How long a process may take to exit after it was asked to, or killed. */
export const exitLimitMs = 3_000;

/** Where a child listens. */
export function socketPath(runtimeDirectory: string, role: ChildRole): string {
  return `${runtimeDirectory}/${role}.sock`;
}

/** Where a child writes its process id. */
export function pidPath(runtimeDirectory: string, role: ChildRole): string {
  return `${runtimeDirectory}/${role}.pid`;
}

/** The id of the running process that holds a role's place in a runtime directory, by its pid file; undefined when there is none. */
export function holderOf(runtimeDirectory: string, role: ChildRole): number | undefined {
  const pid = pidIn(runtimeDirectory, role);
  if (pid === undefined || !isRunning(pid)) return undefined;
  const command = commandLine(pid);
  return command.includes(role) && command.includes(runtimeDirectory) ? pid : undefined;
}

/** Whether a process of the role is, or was, in this runtime directory. All its files there begin with its name: its socket, its pid, and what it
 * remembers of the kernel's tables. */
export function hasTraces(runtimeDirectory: string, role: ChildRole): boolean {
  try {
    return readdirSync(runtimeDirectory).some((file) => file.startsWith(`${role}.`));
  } catch {
    return false;
  }
}

/** Waits until a process has gone; false when it is still there after `exitLimitMs`. */
export async function waitGone(pid: number): Promise<boolean> {
  const giveUpAt = performance.now() + exitLimitMs;
  while (isRunning(pid)) {
    if (performance.now() > giveUpAt) return false;
    await Bun.sleep(2);
  }
  return true;
}

/** Kills a process that is still there and waits until it has gone. */
export async function ensureGone(pid: number): Promise<void> {
  if (!isRunning(pid)) return;
  signalProcess(pid, "SIGKILL");
  await waitGone(pid);
}

/** The number in the pid file of a role, whoever has it now. */
export function pidIn(runtimeDirectory: string, role: ChildRole): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidPath(runtimeDirectory, role), "utf8"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

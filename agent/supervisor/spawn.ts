// Starts the process of a role and tells how it ended: the one place where the supervisor meets the operating system's process creation.

import { availableParallelism } from "node:os";
import type { ChildRole } from "./protocol.ts";
import { type LogSettings, type Role, roleCommand } from "./role.ts";

/** A process that was started: its id, and how it ended, in words, as soon as that is known. */
export interface Spawned {
  readonly pid: number;
  readonly ended: Promise<string>;
}

/** Starts a child of control in a session of its own, so that Ctrl-C reaches control alone, and with an environment without surprises.
 * Throws when the system cannot start it (no such file, too many open files, no memory). */
export function spawnChild(role: ChildRole, runtimeDirectory: string, log: LogSettings): Spawned {
  return spawnCommand(roleCommand({ role, runtimeDirectory, log }), role === "vrrp" ? undisturbed : {});
}

/** The same for any command, with more in its environment. */
export function spawnCommand(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Spawned {
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...{ PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
      ...(availableParallelism() === 1 && withoutHelpers),
    },
    detached: true,
  });
  child.unref();
  return { pid: child.pid, ended: child.exited.then((code) => endText(code, child.signalCode)) };
}

/** On a single processor the threads that help the garbage collector only take turns with the program (decision 0008). */
const withoutHelpers = {
  BUN_JSC_numberOfGCMarkers: "1",
  BUN_JSC_useConcurrentGC: "0",
  BUN_JSC_useWarmUpMarkedBlocks: "0",
} as const;

/** What the runtime does by the clock only takes turns with advertisements (decision 0015): giving back memory, which is locked, and collecting
 * garbage where little has come together. */
const undisturbed = { MIMALLOC_PURGE_DELAY: "-1", BUN_GC_TIMER_DISABLE: "1" } as const;

/** "it was ended by SIGKILL", "it ended with exit code 1" */
function endText(code: number, signal: string | number | null): string {
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
}

/** A process of a role that its parent talks with over standard input and output. */
export interface SpawnedWithTalk extends Spawned {
  send(text: string): void;
  kill(): void;
}

/** Starts a process of a role that ends with its parent: when its input ends. */
export function spawnWithTalk(
  role: Role,
  runtimeDirectory: string,
  log: LogSettings,
  onOutput: (piece: Uint8Array) => void,
): SpawnedWithTalk {
  const child = Bun.spawn(roleCommand({ role, runtimeDirectory, log }), {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    detached: true,
  });
  child.unref();
  void readAll(child.stdout, onOutput);
  return {
    pid: child.pid,
    ended: child.exited.then((code) => endText(code, child.signalCode)),
    send: (text) => {
      child.stdin.write(text);
      void child.stdin.flush();
    },
    kill: () => child.kill("SIGKILL"),
  };
}

async function readAll(output: ReadableStream<Uint8Array>, onOutput: (piece: Uint8Array) => void): Promise<void> {
  for await (const piece of output) onOutput(piece);
}

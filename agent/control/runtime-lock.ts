// One agent for each runtime directory: an exclusive lock that ends with the process, however it ends. Without it two agents that start at the
// same moment would take turns at taking the children from each other. The lock is SQLite's own (fcntl): Bun has no other.

import { Database } from "bun:sqlite";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../base/errors.ts";
import { socketPath } from "../supervisor/child-process.ts";

/** A runtime directory that is ours until `release`, or until the process ends. */
export interface RuntimeLock {
  release(): void;
}

/** Takes the lock; undefined when another process has it for longer than `patienceMs`, which an agent that is just ending does not. Throws
 * when the directory cannot hold what the agent's processes need: files and sockets. */
export function lockRuntimeDirectory(runtimeDirectory: string, patienceMs = 2000): RuntimeLock | undefined {
  expectRoomForFiles(runtimeDirectory);
  expectRoomForSockets(runtimeDirectory);
  const path = join(runtimeDirectory, "control.lock");
  const database = new Database(path, { create: true });
  try {
    chmodSync(path, 0o600);
    database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (thrown) {
    database.close();
    if (/^SQLITE_(BUSY|LOCKED)/.test(codeOf(thrown) ?? "")) return undefined;
    throw thrown;
  }
}

/** The children would otherwise find out one after the other, again and again. */
function expectRoomForFiles(runtimeDirectory: string): void {
  const trial = join(runtimeDirectory, `control.${process.pid}`);
  writeFileSync(trial, "x", { mode: 0o600 });
  rmSync(trial, { force: true });
}

/** unix(7): what fits into sun_path, without its closing zero. */
const longestSocketPath = 107;

function expectRoomForSockets(runtimeDirectory: string): void {
  const path = socketPath(runtimeDirectory, "checkers");
  const length = Buffer.byteLength(path);
  if (length > longestSocketPath)
    throw new Error(
      `the path of the socket ${path} would have ${length} bytes, at most ${longestSocketPath} are possible`,
    );
}

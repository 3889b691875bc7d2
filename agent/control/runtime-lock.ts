// One agent for each runtime directory: an exclusive lock that ends with the process, however it ends. Without it two agents that start at the
// same moment would take turns at taking the children from each other. The lock is SQLite's own (fcntl): Bun has no other.

import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../base/errors.ts";

/** A runtime directory that is ours until `release`, or until the process ends. */
export interface RuntimeLock {
  release(): void;
}

/** Takes the lock; undefined when another process has it for longer than `patienceMs`, which an agent that is just ending does not. */
export function lockRuntimeDirectory(runtimeDirectory: string, patienceMs = 2000): RuntimeLock | undefined {
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

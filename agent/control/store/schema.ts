// The tables of the store and how older files are brought up to date. A migration that was ever released is never changed; a new one is
// added at the end. The file says in `user_version` how many it has seen.

import type { Database } from "bun:sqlite";

/** What brings a file from each version to the next, first to last. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE revisions (
    -- AUTOINCREMENT: a number is never given twice, not even after its row was removed.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    source_path TEXT,
    source_hash TEXT,
    created_at INTEGER NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('pending', 'applied', 'failed')),
    failure TEXT
  ) STRICT;
  CREATE TABLE files (
    path TEXT PRIMARY KEY,
    hash TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checker_memory (
    id TEXT PRIMARY KEY,
    up INTEGER NOT NULL,
    since REAL NOT NULL,
    reason TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
  CREATE TABLE numbers (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO numbers VALUES ('sequence', 0);
  `,
  `
  CREATE TABLE notified (
    target TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE revisions ADD COLUMN duration_ms REAL;
  ALTER TABLE revisions ADD COLUMN previous_number INTEGER;
  ALTER TABLE revisions ADD COLUMN previous_hash TEXT;
  CREATE TABLE confirmations (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    -- The rest as JSON.
    content TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE controllers (
    role TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE overrides (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    -- The whole as JSON.
    content TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What few checkers have beside their verdict, as JSON.
  ALTER TABLE checker_memory ADD COLUMN more TEXT;
  `,
];

/** The version of a file that has seen all migrations. */
export const schemaVersion = migrations.length;

/** The version of the file; 0 when it is new. */
export function versionOf(database: Database): number {
  return database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** Brings the file up to date, in one transaction for each step. */
export function migrate(database: Database, steps: readonly string[] = migrations): void {
  for (const [index, step] of steps.entries()) {
    if (versionOf(database) > index) continue;
    database.transaction(() => {
      database.exec(step);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    })();
  }
}

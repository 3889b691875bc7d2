import type { Database } from "bun:sqlite";
import type { Commit, StoredAnswer } from "./records.ts";

/** The table of answers by request id. */
export class RequestTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(id: string): StoredAnswer | undefined {
    const row = this.#database
      .query<{ fingerprint: string; answer: string }, [string]>("SELECT fingerprint, answer FROM requests WHERE id = ?")
      .get(id);
    return row === null ? undefined : { fingerprint: row.fingerprint, applied: JSON.parse(row.answer) };
  }

  /** Keeps an answer and drops those that are too old. */
  put({ requestId, fingerprint, applied }: NonNullable<Commit["answer"]>, at: number, maxAgeMs: number): void {
    this.#database
      .query<undefined, [string, string, string, number]>("INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)")
      .run(requestId, fingerprint, JSON.stringify(applied), at);
    this.#database.query<undefined, [number]>("DELETE FROM requests WHERE created_at < ?").run(at - maxAgeMs);
  }
}

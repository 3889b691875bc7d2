import type { Database } from "bun:sqlite";
import type { Override } from "../overrides/override.ts";

/** The table of overrides. */
export class OverrideTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): readonly Override[] {
    return this.#database
      .query<{ content: string }, []>("SELECT content FROM overrides ORDER BY created_at, id")
      .all()
      .map(({ content }) => JSON.parse(content) as Override);
  }

  put(override: Override): void {
    this.#database
      .query<undefined, [string, number, string]>("INSERT OR REPLACE INTO overrides VALUES (?, ?, ?)")
      .run(override.id, override.createdAt, JSON.stringify(override));
  }

  remove(id: string): void {
    this.#database.query<undefined, [string]>("DELETE FROM overrides WHERE id = ?").run(id);
  }
}

import type { Database } from "bun:sqlite";
import type { NumberedEvent } from "../../events/event.ts";

interface Row {
  readonly sequence: number;
  readonly at: number;
  readonly event: string;
}

/** The table of the last events, a ring: the newest push out the oldest. */
export class EventTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  append(entries: readonly NumberedEvent[], keep: number): void {
    const insert = this.#database.query<undefined, [number, number, string]>("INSERT INTO events VALUES (?, ?, ?)");
    this.#database.transaction(() => {
      for (const { sequence, at, event } of entries) insert.run(sequence, at, JSON.stringify(event));
      this.#prune(keep);
    })();
  }

  after(sequence: number): readonly NumberedEvent[] {
    const rows = this.#database
      .query<Row, [number]>("SELECT * FROM events WHERE sequence > ? ORDER BY sequence")
      .all(sequence);
    return rows.map((row) => ({ sequence: row.sequence, at: row.at, event: JSON.parse(row.event) }));
  }

  /** The highest number that was pushed out, and the lowest that is still there; 0 where there is none. */
  dropped(): { readonly upTo: number; readonly oldest: number } {
    const oldest = this.#database
      .query<{ first: number | null }, []>("SELECT min(sequence) AS first FROM events")
      .get();
    return { upTo: this.#number("dropped"), oldest: oldest?.first ?? 0 };
  }

  /** The highest number that was ever reserved. */
  reserved(): number {
    return this.#number("sequence");
  }

  reserve(upTo: number): void {
    this.#setNumber("sequence", upTo);
  }

  #prune(keep: number): void {
    const limit = this.#database
      .query<{ sequence: number }, [number]>("SELECT sequence FROM events ORDER BY sequence DESC LIMIT 1 OFFSET ?")
      .get(keep);
    if (limit === null) return;
    this.#database.query<undefined, [number]>("DELETE FROM events WHERE sequence <= ?").run(limit.sequence);
    this.#setNumber("dropped", limit.sequence);
  }

  #number(name: string): number {
    const row = this.#database.query<{ value: number }, [string]>("SELECT value FROM numbers WHERE name = ?").get(name);
    return row?.value ?? 0;
  }

  #setNumber(name: string, value: number): void {
    this.#database.query<undefined, [string, number]>("INSERT OR REPLACE INTO numbers VALUES (?, ?)").run(name, value);
  }
}

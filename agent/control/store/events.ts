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

  /** Of what is older than `notBefore` (Unix milliseconds) and more than `keep`, the oldest go. */
  append(entries: readonly NumberedEvent[], keep: number, notBefore = 0): void {
    const insert = this.#database.query<undefined, [number, number, string]>("INSERT INTO events VALUES (?, ?, ?)");
    this.#database.transaction(() => {
      for (const { sequence, at, event } of entries) insert.run(sequence, at, JSON.stringify(event));
      this.#prune(keep);
      this.#pruneOlder(notBefore);
    })();
  }

  after(sequence: number, upTo = Number.MAX_SAFE_INTEGER): readonly NumberedEvent[] {
    const rows = this.#database
      .query<Row, [number, number]>("SELECT * FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence")
      .all(sequence, upTo);
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

  /** The oldest are looked at first, and nothing more where they are young enough. */
  #pruneOlder(notBefore: number): void {
    const oldest = this.#database.query<{ at: number }, []>("SELECT at FROM events ORDER BY sequence LIMIT 1").get();
    if (oldest === null || oldest.at >= notBefore) return;
    const young = this.#database
      .query<{ first: number | null }, [number]>("SELECT min(sequence) AS first FROM events WHERE at >= ?")
      .get(notBefore);
    const end = young?.first ?? Number.MAX_SAFE_INTEGER;
    const last = this.#database
      .query<{ last: number | null }, [number]>("SELECT max(sequence) AS last FROM events WHERE sequence < ?")
      .get(end);
    this.#database.query<undefined, [number]>("DELETE FROM events WHERE sequence < ?").run(end);
    this.#setNumber("dropped", last?.last ?? 0);
  }

  #number(name: string): number {
    const row = this.#database.query<{ value: number }, [string]>("SELECT value FROM numbers WHERE name = ?").get(name);
    return row?.value ?? 0;
  }

  #setNumber(name: string, value: number): void {
    this.#database.query<undefined, [string, number]>("INSERT OR REPLACE INTO numbers VALUES (?, ?)").run(name, value);
  }
}

import type { Database } from "bun:sqlite";

interface Row {
  readonly target: string;
  readonly sequence: number;
}

/** The table of those who are notified: up to which event each of them was told everything. */
export class NotifiedTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): ReadonlyMap<string, number> {
    const rows = this.#database.query<Row, []>("SELECT * FROM notified").all();
    return new Map(rows.map(({ target, sequence }) => [target, sequence]));
  }

  set(target: string, sequence: number): void {
    const put = "INSERT OR REPLACE INTO notified VALUES (?, ?)";
    this.#database.query<undefined, [string, number]>(put).run(target, sequence);
  }

  remove(target: string): void {
    this.#database.query<undefined, [string]>("DELETE FROM notified WHERE target = ?").run(target);
  }
}

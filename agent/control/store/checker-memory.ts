import type { Database } from "bun:sqlite";
import type { CheckerMemory } from "../../balancer/view.ts";

interface Row {
  readonly id: string;
  readonly up: number;
  readonly since: number;
  readonly reason: string;
}

/** The table of what checkers said last. */
export class CheckerMemoryTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): readonly CheckerMemory[] {
    const rows = this.#database.query<Row, []>("SELECT * FROM checker_memory ORDER BY id").all();
    return rows.map(({ id, up, since, reason }) => ({ id, up: up !== 0, since, reason }));
  }

  put({ id, up, since, reason }: CheckerMemory): void {
    this.#database
      .query<undefined, [string, number, number, string]>("INSERT OR REPLACE INTO checker_memory VALUES (?, ?, ?, ?)")
      .run(id, up ? 1 : 0, since, reason);
  }

  keepOnly(ids: ReadonlySet<string>): void {
    const remove = this.#database.query<undefined, [string]>("DELETE FROM checker_memory WHERE id = ?");
    this.#database.transaction(() => {
      for (const { id } of this.all()) if (!ids.has(id)) remove.run(id);
    })();
  }
}

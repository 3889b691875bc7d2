import type { Database } from "bun:sqlite";
import type { CheckerMemory } from "../../balancer/view.ts";

interface Row {
  readonly id: string;
  readonly up: number;
  readonly since: number;
  readonly reason: string;
  readonly more: string | null;
}

/** The table of what checkers said last. */
export class CheckerMemoryTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): readonly CheckerMemory[] {
    const rows = this.#database.query<Row, []>("SELECT id, up, since, reason, more FROM checker_memory ORDER BY id");
    return rows.all().map(memoryOf);
  }

  of(ids: Iterable<string>): readonly CheckerMemory[] {
    const row = this.#database.query<Row, [string]>(
      "SELECT id, up, since, reason, more FROM checker_memory WHERE id = ?",
    );
    return Array.from(ids, (id) => row.get(id)).flatMap((found) => (found === null ? [] : [memoryOf(found)]));
  }

  put({ id, up, since, reason, ...more }: CheckerMemory): void {
    this.#database
      .query<undefined, [string, number, number, string, string | null]>(
        "INSERT OR REPLACE INTO checker_memory (id, up, since, reason, more) VALUES (?, ?, ?, ?, ?)",
      )
      .run(id, up ? 1 : 0, since, reason, Object.keys(more).length === 0 ? null : JSON.stringify(more));
  }

  remove(ids: Iterable<string>): void {
    const remove = this.#database.query<undefined, [string]>("DELETE FROM checker_memory WHERE id = ?");
    this.#database.transaction(() => {
      for (const id of ids) remove.run(id);
    })();
  }

  keepOnly(ids: ReadonlySet<string>): void {
    this.remove(
      this.all()
        .map(({ id }) => id)
        .filter((id) => !ids.has(id)),
    );
  }
}

function memoryOf({ id, up, since, reason, more }: Row): CheckerMemory {
  return { id, up: up !== 0, since, reason, ...(more !== null && (JSON.parse(more) as Partial<CheckerMemory>)) };
}

import type { Database } from "bun:sqlite";

/** The table of configuration files: which text was last applied from each. */
export class FileTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(path: string): string | undefined {
    return this.#database.query<{ hash: string }, [string]>("SELECT hash FROM files WHERE path = ?").get(path)?.hash;
  }

  put(path: string, hash: string): void {
    this.#database.query<undefined, [string, string]>("INSERT OR REPLACE INTO files VALUES (?, ?)").run(path, hash);
  }
}

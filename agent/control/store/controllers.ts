import type { Database } from "bun:sqlite";

/** The table of fencing epochs: the highest that was ever seen of each role. */
export class ControllerTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  epoch(role: string): number {
    const row = this.#database
      .query<{ epoch: number }, [string]>("SELECT epoch FROM controllers WHERE role = ?")
      .get(role);
    return row?.epoch ?? 0;
  }

  raise(role: string, epoch: number): void {
    this.#database
      .query<undefined, [string, number]>(
        "INSERT INTO controllers VALUES (?, ?) ON CONFLICT (role) DO UPDATE SET epoch = max(epoch, excluded.epoch)",
      )
      .run(role, epoch);
  }
}

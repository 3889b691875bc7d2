import type { Database } from "bun:sqlite";
import type { Confirmation, NewConfirmation, Settlement } from "../confirmation/confirmation.ts";

interface Row {
  readonly revision: number;
  readonly outcome: Confirmation["outcome"];
  readonly content: string;
}

/** How many confirmed commits are remembered, so that their ids are known. */
const kept = 200;

/** The table of confirmed commits. At most one is pending. */
export class ConfirmationTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  pending(): Confirmation | undefined {
    return confirmationOf(
      this.#database
        .query<Row, []>("SELECT revision, outcome, content FROM confirmations WHERE outcome = 'pending'")
        .get(),
    );
  }

  byId(id: string): Confirmation | undefined {
    return confirmationOf(
      this.#database.query<Row, [string]>("SELECT revision, outcome, content FROM confirmations WHERE id = ?").get(id),
    );
  }

  insert(revision: number, confirmation: NewConfirmation): void {
    this.#database
      .query<undefined, [string, number, string]>("INSERT INTO confirmations VALUES (?, ?, 'pending', ?)")
      .run(confirmation.id, revision, JSON.stringify(confirmation));
    this.#database
      .query<undefined, [number]>(
        `DELETE FROM confirmations WHERE outcome <> 'pending' AND id NOT IN
         (SELECT id FROM confirmations ORDER BY revision DESC LIMIT ?)`,
      )
      .run(kept);
  }

  settle({ id, outcome }: Settlement): void {
    this.#database
      .query<undefined, [string, string]>("UPDATE confirmations SET outcome = ? WHERE id = ? AND outcome = 'pending'")
      .run(outcome, id);
  }
}

function confirmationOf(row: Row | null): Confirmation | undefined {
  if (row === null) return undefined;
  return { ...(JSON.parse(row.content) as NewConfirmation), revision: row.revision, outcome: row.outcome };
}

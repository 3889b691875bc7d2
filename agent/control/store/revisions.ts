import type { Database } from "bun:sqlite";
import type { Revision, Source } from "../words/revision.ts";
import type { NewRevision, RevisionContent, RevisionEnd, StoredRevision } from "./records.ts";

interface Row {
  readonly number: number;
  readonly hash: string;
  readonly document: string;
  readonly author: string;
  readonly reason: string;
  readonly source_path: string | null;
  readonly source_hash: string | null;
  readonly created_at: number;
  readonly result: Revision["result"];
  readonly failure: string | null;
  readonly duration_ms: number | null;
  readonly previous_number: number | null;
  readonly previous_hash: string | null;
}

/** How a revision ended. */
interface Ending extends Partial<RevisionEnd> {
  readonly result: "applied" | "failed";
  readonly failure?: string;
}

/** The table of revisions. */
export class RevisionTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  newestApplied(): StoredRevision | undefined {
    return stored(this.#row("WHERE result = 'applied' ORDER BY number DESC LIMIT 1"));
  }

  /** The network namespace of the newest that was applied. The director is what a document begins with, and a large one need not be read. */
  newestNamespace(): string | undefined {
    const row = this.#database
      .query<{ readonly namespace: string | null }, []>(
        `SELECT CASE WHEN instr(substr(document, 1, 2000), '"network_namespace"') > 0
           THEN json_extract(document, '$.director.network_namespace') END AS namespace
         FROM revisions WHERE result = 'applied' ORDER BY number DESC LIMIT 1`,
      )
      .get();
    return row?.namespace ?? undefined;
  }

  byNumber(number: number): StoredRevision | undefined {
    return stored(this.#row("WHERE number = ?", number));
  }

  newest(limit: number, before = Number.MAX_SAFE_INTEGER): readonly Revision[] {
    return this.#database
      .query<Row, [number, number]>(
        `SELECT number, hash, '' AS document, author, reason, source_path, source_hash, created_at, result, failure,
           duration_ms, previous_number, previous_hash
         FROM revisions WHERE number < ? ORDER BY number DESC LIMIT ?`,
      )
      .all(before, limit)
      .map(revisionOf);
  }

  insert({ author, reason, source, createdAt }: NewRevision): Revision {
    const file = source.kind === "file" ? source : undefined;
    const row = this.#database
      .query<Row, (string | number | null)[]>(
        `INSERT INTO revisions (hash, document, author, reason, source_path, source_hash, created_at, result)
         VALUES ('', '', ?, ?, ?, ?, ?, 'pending') RETURNING *`,
      )
      .get(author, reason, file?.path ?? null, file?.hash ?? null, createdAt);
    return revisionOf(present(row));
  }

  finish(
    number: number,
    { result, failure, durationMs, previous }: Ending,
    { hash, document }: RevisionContent,
  ): Revision {
    const row = this.#database
      .query<Row, (string | number | null)[]>(
        `UPDATE revisions
         SET result = ?, hash = ?, document = ?, failure = ?, duration_ms = ?, previous_number = ?, previous_hash = ?
         WHERE number = ? AND result = 'pending'
         RETURNING number, hash, '' AS document, author, reason, source_path, source_hash, created_at, result, failure,
           duration_ms, previous_number, previous_hash`,
      )
      .get(
        result,
        hash,
        document,
        failure ?? null,
        durationMs ?? null,
        previous?.number ?? null,
        previous?.hash ?? null,
        number,
      );
    return revisionOf(present(row));
  }

  failPending(failure: string): void {
    this.#database
      .query<undefined, [string]>("UPDATE revisions SET result = 'failed', failure = ? WHERE result = 'pending'")
      .run(failure);
  }

  /** Removes the oldest; never the newest applied one. */
  prune(keep: number): void {
    this.#database
      .query<undefined, [number]>(
        `DELETE FROM revisions
         WHERE number <= (SELECT max(number) FROM revisions) - ?
           AND number <> (SELECT max(number) FROM revisions WHERE result = 'applied')`,
      )
      .run(keep);
  }

  #row(where: string, ...values: number[]): Row | null {
    return this.#database.query<Row, number[]>(`SELECT * FROM revisions ${where}`).get(...values);
  }
}

function stored(row: Row | null): StoredRevision | undefined {
  return row === null ? undefined : { revision: revisionOf(row), document: row.document };
}

function revisionOf(row: Row): Revision {
  const { number, hash, author, reason, result, previous_number, previous_hash } = row;
  return {
    number,
    hash,
    author,
    reason,
    source: sourceOf(row),
    createdAt: row.created_at,
    result,
    ...(row.failure !== null && { failure: row.failure }),
    ...(row.duration_ms !== null && { durationMs: row.duration_ms }),
    ...(previous_number !== null && { previous: { number: previous_number, hash: previous_hash ?? "" } }),
  };
}

function sourceOf({ source_path: path, source_hash: hash }: Row): Source {
  return path === null || hash === null ? { kind: "api" } : { kind: "file", path, hash };
}

function present(row: Row | null): Row {
  if (row === null) throw new Error("the revision is not pending");
  return row;
}

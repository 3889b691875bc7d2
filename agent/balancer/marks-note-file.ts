import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf, OperationError } from "../base/errors.ts";
import type { MarksNote } from "./marks.ts";

/** A file in the runtime directory that is there while the table of marks may be. */
export class MarksNoteFile implements MarksNote {
  readonly #path: string;

  constructor(runtimeDirectory: string) {
    this.#path = join(runtimeDirectory, "checkers.marks");
  }

  load(): boolean {
    return existsSync(this.#path);
  }

  save(isThere: boolean): void {
    try {
      if (isThere) writeFileSync(this.#path, "", { mode: 0o600 });
      else rmSync(this.#path, { force: true });
    } catch (error) {
      const cause = { code: codeOf(error) ?? "EIO", text: messageOf(error) };
      throw new OperationError({ operation: "write down", object: "that packets are marked", cause });
    }
  }
}

import { codeOf, messageOf } from "../../base/errors.ts";

/** What is wrong with the store. */
export type StoreProblem = "not-writable" | "full" | "corrupt" | "newer" | "locked" | "failed";

/** The store cannot be opened, read or written. The message says what to do. */
export class StoreError extends Error {
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.problem = problem;
  }
}

/** Says in words of an operator what SQLite or the file system threw about the file. */
export function storeError(thrown: unknown, path: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const code = codeOf(thrown) ?? "";
  const at = (problem: StoreProblem, remedy: string) =>
    new StoreError(problem, `store ${path}: ${messageOf(thrown)}${code === "" ? "" : ` (${code})`}: ${remedy}`, {
      cause: thrown,
    });
  if (/SQLITE_FULL|ENOSPC|EDQUOT/.test(code)) return at("full", "free space on its file system");
  if (/SQLITE_(CORRUPT|NOTADB)/.test(code))
    return at(
      "corrupt",
      "move the file away; the agent then starts with an empty store and the file given with --config",
    );
  if (/SQLITE_(READONLY|CANTOPEN|PERM)|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EEXIST/.test(code))
    return at("not-writable", "the agent must be able to create files in this folder; choose another with --state-dir");
  if (/SQLITE_(BUSY|LOCKED)/.test(code))
    return at("locked", "another process has it open; each agent needs its own --state-dir");
  return at("failed", "see the file system's log");
}

// The configuration file of `vipward run --config`: read at start and again on SIGHUP, always as a transaction. It is applied when its
// text differs from what was last applied from that file, so that whoever changed something last wins, and a restart never undoes a push.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { describeFailure, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import type { Surroundings } from "../config/keepalived/expand/surroundings.ts";
import { loadText, sourcesOf } from "../config/load.ts";
import { formatIssues } from "../config/report.ts";
import { type ChildRole, childRoles } from "../supervisor/protocol.ts";
import { sha256 } from "./content.ts";
import { problemsOf } from "./refused.ts";
import type { Store } from "./store/store.ts";
import { StoreError } from "./store/store-error.ts";
import type { Transactions } from "./transactions.ts";

/** What the configuration file needs. */
export interface ConfigFileParts {
  readonly store: Pick<Store, "fileHash">;
  readonly transactions: Pick<Transactions, "load" | "resume" | "apply" | "running">;
  readonly log: Log;
  /** Where includes of a keepalived.conf are found, and which instance this is. */
  readonly surroundings: Surroundings;
}

/** What reading a file came to. `wrong`: the file itself is at fault; `refused`: this machine or its kernel is. The report is for people. */
export type FileOutcome =
  | { readonly kind: "applied" }
  | { readonly kind: "unchanged" }
  | { readonly kind: "wrong" | "refused"; readonly report: string };

/** Has the agent run what it should from its start: the file where it changed, else the newest applied revision. A file that is wrong or
 * refused is an outcome only when there is nothing else to run; otherwise it is logged and the last good configuration runs. */
export async function startFromFile(parts: ConfigFileParts, path: string | undefined): Promise<FileOutcome> {
  const { transactions, log } = parts;
  const stored = transactions.load();
  if (hasErrors(stored))
    for (const issue of stored) log.error("stored-configuration-refused", { ...place(issue), problem: issue.message });
  const outcome = path === undefined ? ({ kind: "unchanged" } as const) : await applyFile(parts, path);
  if (outcome.kind === "applied") return outcome;
  if (transactions.running === undefined) return outcome;
  if (outcome.kind !== "unchanged")
    log.error("file-not-applied", {
      file: path,
      revision: transactions.running.revision.number,
      problem: outcome.report,
    });
  for (const failure of await transactions.resume())
    log.error("configuration-not-restored", { problem: describeFailure(failure) });
  return { kind: "unchanged" };
}

/** The children that a file seems to have work for, told by its beginning and without reading it properly, so that they start while it is read.
 * Taken for work that is none, a process is started in vain; overlooked, it starts a little later. */
export function rolesMentionedIn(path: string | undefined): ReadonlySet<ChildRole> {
  if (path === undefined) return new Set();
  try {
    const text = beginningOf(path);
    return new Set(childRoles.filter((role) => workWords[role].test(text)));
  } catch {
    return new Set();
  }
}

/** The first 64 kB of a file. */
function beginningOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(65_536);
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

const workWords: Readonly<Record<ChildRole, RegExp>> = {
  vrrp: /^\W*(vrrp_?inst|bfd_?(inst|sess))/im,
  checkers: /^\W*virtual_?server/im,
};

/** Applies the file as a new revision when its text differs from what was last applied from it. */
export async function applyFile(parts: ConfigFileParts, path: string): Promise<FileOutcome> {
  const file = resolve(path);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    return { kind: "wrong", report: `cannot read the configuration file ${path}: ${messageOf(thrown)}` };
  }
  const hash = hashOf(text, path, parts.surroundings);
  try {
    if (parts.transactions.running !== undefined && parts.store.fileHash(file) === hash) return { kind: "unchanged" };
  } catch (thrown) {
    if (!(thrown instanceof StoreError)) throw thrown;
    return { kind: "refused", report: thrown.message };
  }
  return applyText(parts, { text, file, hash, shownAs: path });
}

/** Whether a file says something else than what was last applied from it. */
export function hasFileChanged(
  { store, surroundings }: { readonly store: Pick<Store, "fileHash">; readonly surroundings: Surroundings },
  text: string,
  path: string,
): boolean {
  return store.fileHash(resolve(path)) !== hashOf(text, path, surroundings);
}

/** A hash of all that the configuration is read from: included files change it, too, and so does another instance id where it may matter. */
function hashOf(text: string, path: string, surroundings: Surroundings): string {
  const { sources, depends } = sourcesOf(text, { file: path, surroundings });
  if (!depends) return sha256(text);
  return sha256(JSON.stringify([surroundings.instance, ...sources.map((source) => [source.file, source.text])]));
}

interface FileText {
  readonly text: string;
  readonly file: string;
  readonly hash: string;
  readonly shownAs: string;
}

async function applyText(
  { transactions, log, surroundings }: ConfigFileParts,
  { text, file, hash, shownAs }: FileText,
): Promise<FileOutcome> {
  const { settings, model, issues, sources } = loadText(text, { file: shownAs, surroundings });
  if (settings === undefined || model === undefined)
    return { kind: "wrong", report: formatIssues(issues, { sources, color: false }) };
  for (const issue of issues) log.warn("configuration-warning", { ...place(issue), problem: issue.message });
  const applied = await transactions.apply({
    document: undefined,
    validated: { settings, model, issues },
    author: "file",
    reason: `read from ${shownAs}`,
    source: { kind: "file", path: file, hash },
    validateOnly: false,
  });
  if (applied.ok) return { kind: "applied" };
  return { kind: "refused", report: `${shownAs} was not applied: ${problemsOf(applied.error).join("; ")}` };
}

function place({ path, place: at }: Issue): { readonly at?: string } {
  const text = at === undefined ? path : `${at.file}:${at.line}:${at.column}`;
  return text === undefined ? {} : { at: text };
}

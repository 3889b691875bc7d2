// The document in the making: what directives write into, which word of the text each value came from, and what was wrong on the way.

import type { Issue, Path, Place, Severity } from "../issue.ts";
import type { Word } from "./parser.ts";

/** An object of the document: the schema's camelCase keys, values as they would stand in YAML. */
export type Draft = Record<string, unknown>;

/** What one import collects. */
export interface Import {
  readonly file: string;
  readonly document: Draft;
  /** Defaults for instances from global_defs; they count wherever the block stands. */
  readonly instanceDefaults: Draft;
  readonly issues: Issue[];
  /** For each object of the document, the words that its fields came from; "" is the object's own. */
  readonly origins: WeakMap<object, Record<string, Word>>;
}

/** An import of a file that has read nothing yet. */
export function startImport(file: string): Import {
  return { file, document: {}, instanceDefaults: {}, issues: [], origins: new WeakMap() };
}

/** Writes a field. keepalived lets the last of several count; so do we, and say it. */
export function setField(run: Import, draft: Draft, key: string, value: unknown, word: Word): void {
  if (draft[key] !== undefined)
    complain(run, "warning", word, `${word.text} is given more than once: the last one counts`);
  draft[key] = value;
  remember(run, draft, key, word);
}

/** Adds an element to a list. */
export function addElement(run: Import, draft: Draft, key: string, element: unknown, word: Word): void {
  const list = draft[key];
  if (Array.isArray(list)) list.push(element);
  else {
    draft[key] = [element];
    remember(run, draft, key, word);
  }
  if (typeof element === "object" && element !== null) remember(run, element, "", word);
}

/** Notes which word a field came from. */
export function remember(run: Import, draft: object, key: string, word: Word): void {
  const fields = run.origins.get(draft);
  if (fields === undefined) run.origins.set(draft, { [key]: word });
  else fields[key] = word;
}

/** Reports a problem at a word. */
export function complain(
  run: Import,
  severity: Severity,
  word: Word,
  message: string,
  more: { readonly expected?: string; readonly suggestion?: string; readonly secret?: true } = {},
): void {
  run.issues.push({ severity, place: placeOf(run, word), message, ...more });
}

/** The place of a path of the document: that of its word, or of the nearest object around it. */
export function locate(run: Import, path: Path): Place | undefined {
  let value: unknown = run.document;
  let word: Word | undefined;
  for (const step of path) {
    if (typeof value !== "object" || value === null) break;
    word = run.origins.get(value)?.[step] ?? word;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
    if (typeof value === "object" && value !== null) word = run.origins.get(value)?.[""] ?? word;
  }
  return word && placeOf(run, word);
}

function placeOf(run: Import, { line, column }: Word): Place {
  return { file: run.file, line, column };
}

// The document in the making: what directives write into, which word of the text each value came from, and what was wrong on the way.

import type { Issue, Path, Place, Severity } from "../issue.ts";
import type { PlaceAt } from "../places.ts";
import type { Word } from "./parser.ts";

/** An object of the document: the schema's camelCase keys, values as they would stand in YAML. */
export type Draft = Record<string, unknown>;

/** What one import collects. */
export interface Import {
  readonly placeAt: PlaceAt;
  readonly document: Draft;
  /** Defaults for instances from global_defs; they count wherever the block stands. */
  readonly instanceDefaults: Draft;
  readonly issues: Issue[];
  readonly origins: Origins;
}

/** Which words the fields of objects came from; "" is the object's own. They are only written down until somebody asks, which nobody does
 * of a file without mistakes. */
interface Origins {
  /** An object, a field of it and its word, one after another. */
  readonly notes: unknown[];
  /** How many of the notes are in the table. */
  read: number;
  readonly table: Map<object, Map<string | number, Word>>;
}

/** An import that has read nothing yet. */
export function startImport(placeAt: PlaceAt): Import {
  const origins = { notes: [], read: 0, table: new Map() };
  return { placeAt, document: {}, instanceDefaults: {}, issues: [], origins };
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
export function remember({ origins }: Import, draft: object, key: string, word: Word): void {
  origins.notes.push(draft, key, word);
}

/** The word that a field came from; undefined when no word says it. */
export function originOf({ origins }: Import, draft: object, key: string | number): Word | undefined {
  const { notes, table } = origins;
  for (; origins.read < notes.length; origins.read += 3) {
    const object = notes[origins.read] as object;
    const fields = table.get(object) ?? new Map<string | number, Word>();
    table.set(object, fields.set(notes[origins.read + 1] as string, notes[origins.read + 2] as Word));
  }
  return table.get(draft)?.get(key);
}

/** Reports a problem at a word. */
export function complain(
  run: Import,
  severity: Severity,
  word: Word,
  message: string,
  more: { readonly expected?: string; readonly suggestion?: string; readonly secret?: true } = {},
): void {
  run.issues.push({ severity, place: run.placeAt(word.at), message, ...more });
}

/** The place of a path of the document: that of its word, or of the nearest object around it. */
export function locate(run: Import, path: Path): Place | undefined {
  let value: unknown = run.document;
  let word: Word | undefined;
  for (const step of path) {
    if (typeof value !== "object" || value === null) break;
    word = originOf(run, value, step) ?? word;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
    if (typeof value === "object" && value !== null) word = originOf(run, value, "") ?? word;
  }
  return word && run.placeAt(word.at);
}

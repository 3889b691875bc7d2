// JSON the quick way. The runtime's parser is fast, but it knows no places and lets the last of two equal keys win. So it is believed only
// where nothing can be wrong; every other text is read as YAML, of which JSON is a part.

import { readSnakeDocument } from "./schema/read-document.ts";
import type { Settings } from "./schema/settings.ts";

/** The settings of a JSON text; undefined when something may be wrong with it, or when it is not JSON. */
export function readJsonQuickly(text: string): Settings | undefined {
  // An escape could stand for anything, also for a key.
  if (text.includes("\\")) return undefined;
  return settingsOf(parsed(text), text);
}

/** The settings of a document that the runtime has read from a text without escapes and comments; undefined when they may not be what the text says. */
export function settingsOf(document: unknown, text: string): Settings | undefined {
  const settings = readSnakeDocument(document);
  return settings !== undefined && colonsOf(document) === count(text, ":") ? settings : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many colons the text of a value has: one after each key, and those within texts. A key that stood twice would have had more. */
function colonsOf(value: unknown): number {
  if (typeof value === "string") return count(value, ":");
  if (typeof value !== "object" || value === null) return 0;
  let colons = 0;
  for (const key in value) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    colons += Array.isArray(value) ? colonsOf(field) : 1 + count(key, ":") + colonsOf(field);
  }
  return colons;
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found++;
  return found;
}

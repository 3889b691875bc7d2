import { type Draft, type Import, remember } from "../draft.ts";
import type { Word } from "../parser.ts";

/** The object in a field of a draft, made where it is not there yet. */
export function fieldOf(run: Import, draft: Draft, key: string, word: Word): Draft {
  const found = draft[key];
  if (found !== undefined) return found as Draft;
  const made: Draft = {};
  draft[key] = made;
  remember(run, draft, key, word);
  remember(run, made, "", word);
  return made;
}

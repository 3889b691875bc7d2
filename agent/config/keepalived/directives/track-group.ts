import { complain, type Draft, type Import } from "../draft.ts";
import type { Word } from "../parser.ts";

/** `track_group NAME` of a static object. */
export function trackGroup(word: Word, name: Word | undefined, _object: Draft, run: Import): void {
  if (name === undefined) return complain(run, "error", word, "track_group needs the name of a group");
  complain(run, "error", word, "track_group: tracking of static objects is not run by this release");
}

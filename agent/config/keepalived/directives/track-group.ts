// `track_group NAME { group { INSTANCE … } }`, and `track_group NAME` of a static object.

import { type Directive, exactArguments } from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Word } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { groupMembers } from "./sync-group.ts";

/** `track_group NAME { … }` */
export const trackGroupBlock: Directive = (statement, document, run) => {
  const [name] = exactArguments(statement, run, 1, 1);
  const group: Draft = {};
  addElement(run, document, "trackGroups", group, statement);
  if (name !== undefined) setField(run, group, "name", name.text, name);
  lowerInner({ name: "track_group", directives: { group: groupMembers }, blocks: ["group"] }, statement, group, run);
};

/** `track_group NAME` of a static object. */
export function trackGroup(word: Word, name: Word | undefined, object: Draft, run: Import): void {
  if (name === undefined) return complain(run, "error", word, "track_group needs the name of a group");
  object.trackGroup = name.text;
  remember(run, object, "trackGroup", name);
}

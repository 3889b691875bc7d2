import { type Block, bareFlag, type Directive, exactArguments, flag } from "../directive.ts";
import { addElement, complain, type Draft, type Import, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { applyNotifyDefaults, groupNotifyDirectives } from "./notify.ts";
import { trackDirectives } from "./tracking.ts";

/** `vrrp_sync_group NAME { … }` */
export const syncGroup: Directive = (statement: Statement, document: Draft, run: Import) => {
  const [name] = exactArguments(statement, run, 1, 1);
  const group: Draft = {};
  addElement(run, document, "vrrpSyncGroups", group, statement);
  if (name !== undefined) setField(run, group, "name", name.text, name);
  lowerInner(block, statement, group, run);
};

/** Fills in what global_defs says for all groups. */
export function applyGroupDefaults(run: Import): void {
  for (const group of (run.document.vrrpSyncGroups as Draft[] | undefined) ?? [])
    applyNotifyDefaults(group, run.instanceDefaults);
}

/** `group { INSTANCE … }` */
export const groupMembers: Directive = (statement, group, run) => {
  if (statement.block === undefined)
    return complain(run, "error", statement, "group has no block", { expected: "{ on the same line or the next" });
  for (const line of statement.block)
    for (const word of [line, ...line.args]) addElement(run, group, "members", word.text, word);
};

/** keepalived's former word: what members follow counts. */
const globalTracking: Directive = (statement, group, run) => {
  complain(
    run,
    "warning",
    statement,
    "global_tracking is no longer keepalived's: it stands for sync_group_tracking_weight",
  );
  flag("trackingWeight")(statement, group, run);
};

const block: Block = {
  name: "vrrp_sync_group",
  directives: {
    group: groupMembers,
    ...trackDirectives,
    global_tracking: globalTracking,
    sync_group_tracking_weight: bareFlag("trackingWeight"),
    ...groupNotifyDirectives,
  },
  blocks: ["group", ...Object.keys(trackDirectives)],
};

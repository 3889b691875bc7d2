import { type Block, type Directive, flag, number, text } from "../directive.ts";
import type { Draft, Import } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { garp } from "./garp.ts";

/** `global_defs { … }` */
export const globalDefs: Directive = (statement: Statement, document: Draft, run: Import) => {
  const director: Draft = (document.director as Draft | undefined) ?? {};
  lowerInner(block, statement, director, run);
  if (Object.keys(director).length > 0) document.director = director;
};

/** Instance defaults are kept apart until the whole file is read. */
function forInstances(directive: Directive): Directive {
  return (statement, _director, run) => directive(statement, run.instanceDefaults, run);
}

const block: Block = {
  name: "global_defs",
  directives: {
    router_id: text("name"),
    vrrp_version: forInstances(number("version")),
    vrrp_mcast_group4: forInstances(text("multicastGroup")),
    v3_checksum_as_v2: forInstances(flag("checksumWithPseudoHeader", false)),
    vrrp_garp_master_delay: forInstances(garp("delay")),
    vrrp_garp_master_repeat: forInstances(garp("repeat")),
    vrrp_garp_master_refresh: forInstances(garp("refresh")),
    vrrp_garp_master_refresh_repeat: forInstances(garp("refreshRepeat")),
  },
};

import { type Block, bareFlag, type Directive, flag, number, takeArguments, text } from "../directive.ts";
import type { Draft, Import } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { electionDefaults, vrrpGeneralDirectives } from "./election.ts";
import { lvsDirectives } from "./lvs.ts";
import { notificationBlocks, notificationDirectives } from "./notifications.ts";
import { notifyDefaults } from "./notify.ts";
import { processDirectives } from "./processes.ts";
import { lvsSyncDaemon } from "./sync-daemon.ts";
import { checkUnicastSource } from "./unicast.ts";

/** `global_defs { … }` */
export const globalDefs: Directive = (statement: Statement, document: Draft, run: Import) => {
  document.director ??= {};
  const director = document.director as Draft;
  lowerInner(block, statement, director, run);
  if (Object.keys(director).length === 0) delete document.director;
};

/** Instance defaults are kept apart until the whole file is read. */
function forInstances(directive: Directive): Directive {
  return (statement, _director, run) => directive(statement, run.instanceDefaults, run);
}

function mapDirectives(
  directives: Readonly<Record<string, Directive>>,
  change: (directive: Directive) => Directive,
): Readonly<Record<string, Directive>> {
  return Object.fromEntries(Object.entries(directives).map(([keyword, directive]) => [keyword, change(directive)]));
}

const block: Block = {
  name: "global_defs",
  directives: {
    router_id: text("name"),
    vrrp_version: forInstances(number("version")),
    vrrp_mcast_group4: forInstances(text("multicastGroup4")),
    vrrp_mcast_group6: forInstances(text("multicastGroup6")),
    vrrp_check_unicast_src: forInstances(checkUnicastSource),
    vrrp_skip_check_adv_addr: forInstances(bareFlag("checkAdvertisedAddresses", false)),
    v3_checksum_as_v2: forInstances(flag("checksumWithPseudoHeader", false)),
    lvs_sync_daemon: lvsSyncDaemon,
    ...lvsDirectives,
    default_interface: (statement, _director, run) => {
      const [name] = takeArguments(statement, run, 1, 1);
      run.defaultInterface = name?.text;
    },
    ...mapDirectives(electionDefaults, forInstances),
    ...vrrpGeneralDirectives,
    ...mapDirectives(notifyDefaults, forInstances),
    ...notificationDirectives,
    ...processDirectives,
    vmac_prefix: forInstances(text("virtualMacPrefix")),
    vmac_addr_prefix: forInstances(text("virtualMacElsewherePrefix")),
  },
  blocks: notificationBlocks,
};

// keepalived.conf to a document: reads the statements with the tables of directives/. Nothing is skipped in silence: a keyword runs, or the
// support table says why not, or it is unknown.

import { type PlaceAt, placesOf } from "../places.ts";
import type { Source } from "../source.ts";
import type { Block } from "./directive.ts";
import { bfdInstance, finishSessions } from "./directives/bfd.ts";
import { garpGroup } from "./directives/garp.ts";
import { globalDefs } from "./directives/global-defs.ts";
import { agentNamespace, ipvsNamespace } from "./directives/lvs.ts";
import { finishNotifications } from "./directives/notifications.ts";
import { applyServerDefaults } from "./directives/pool-notify.ts";
import { applyClientTls, ssl } from "./directives/ssl.ts";
import { applyDefaultInterface, staticIpaddress, staticRoutes, staticRules } from "./directives/static-objects.ts";
import { applyGroupDefaults, syncGroup } from "./directives/sync-group.ts";
import { trackGroupBlock } from "./directives/track-group.ts";
import { interfaceUpDownDelays, trackFile, vrrpScript, vrrpTrackProcess } from "./directives/tracking.ts";
import { finishGroupedServers, virtualServer } from "./directives/virtual-server.ts";
import { virtualServerGroup } from "./directives/virtual-server-group.ts";
import { applyInstanceDefaults, vrrpInstance } from "./directives/vrrp-instance.ts";
import { type Import, locate, startImport } from "./draft.ts";
import { type Expanded, expandKeepalived } from "./expand/expand.ts";
import { needsExpansion } from "./expand/needed.ts";
import type { Surroundings } from "./expand/surroundings.ts";
import type { LexicalProblem } from "./lexer.ts";
import { parseKeepalived, takeStatements } from "./parser.ts";
import { type TableNamed, tableNames } from "./routing-tables.ts";
import { lowerBlock, lowerStatement } from "./walk.ts";

/** Reads a keepalived.conf into a document. */
export function lowerKeepalived(written: string, file: string, surroundings: Surroundings): Source {
  const expanded = needsExpansion(written) ? expandKeepalived(written, file, surroundings) : asItStands(written, file);
  const { text, placeAt, sources } = expanded;
  const tableNamed = tableNames(surroundings);
  const quick = lowerOnce(text, placeAt, tableNamed);
  const problems = [...expanded.problems, ...quick.problems].map(({ at, ...problem }) => ({
    ...problem,
    code: "syntax" as const,
    place: placeAt(at),
  }));
  // With a brace out of balance nothing is where it seems to be: whatever else could be said would mislead.
  if (quick.problems.some(({ severity }) => severity === "error"))
    return { issues: problems, locate: () => placeAt(0), sources };
  let noted: Import | undefined;
  const withOrigins = () => {
    noted ??= lowerWithOrigins(text, placeAt, tableNamed);
    return noted;
  };
  const { document, issues } = quick.run.needsOrigins ? withOrigins() : quick.run;
  const where: Source["locate"] = (path) => locate(withOrigins(), path) ?? { file, line: 1, column: 1 };
  return { document, issues: [...problems, ...issues], locate: where, sources };
}

function asItStands(text: string, file: string): Expanded {
  return { text, placeAt: placesOf(text, file), problems: [], sources: [{ file, text }] };
}

/** Lowers each statement as it is read, and keeps none. */
function lowerOnce(
  text: string,
  placeAt: PlaceAt,
  tableNamed: TableNamed,
): { readonly run: Import; readonly problems: readonly LexicalProblem[] } {
  const run = startImport(placeAt, false, tableNamed);
  const problems = takeStatements(text, (statement) => lowerStatement(topLevel, statement, run.document, run));
  finish(run);
  return { run, problems };
}

/** The same, where it is noted which word everything came from. */
function lowerWithOrigins(text: string, placeAt: PlaceAt, tableNamed: TableNamed): Import {
  const run = startImport(placeAt, true, tableNamed);
  lowerBlock(topLevel, parseKeepalived(text).statements, run.document, run);
  finish(run);
  return run;
}

function finish(run: Import): void {
  applyInstanceDefaults(run);
  applyGroupDefaults(run);
  finishGroupedServers(run);
  applyClientTls(run);
  applyDefaultInterface(run);
  applyServerDefaults(run);
  finishNotifications(run);
  finishSessions(run);
}

/** The blocks of a file. */
const topLevel: Block = {
  name: "top level",
  directives: {
    global_defs: globalDefs,
    garp_group: garpGroup,
    vrrp_instance: vrrpInstance,
    vrrp_sync_group: syncGroup,
    vrrp_script: vrrpScript,
    vrrp_track_process: vrrpTrackProcess,
    track_file: trackFile,
    vrrp_track_file: trackFile,
    interface_up_down_delays: interfaceUpDownDelays,
    virtual_server: virtualServer,
    virtual_server_group: virtualServerGroup,
    net_namespace: agentNamespace,
    net_namespace_ipvs: ipvsNamespace,
    SSL: ssl,
    track_group: trackGroupBlock,
    bfd_instance: bfdInstance,
    static_ipaddress: staticIpaddress,
    static_routes: staticRoutes,
    static_rules: staticRules,
  },
  blocks: [
    ...["global_defs", "garp_group", "vrrp_instance", "virtual_server", "virtual_server_group"],
    ...["static_ipaddress", "static_routes", "static_rules"],
    ...["vrrp_sync_group", "vrrp_script", "vrrp_track_process", "track_file", "vrrp_track_file"],
    ...["interface_up_down_delays", "track_group", "bfd_instance", "SSL"],
  ],
};

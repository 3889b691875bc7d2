// What is there whoever is master, and what counts for several instances together.

import { addressBlock } from "./instance.ts";
import { block, duration, fieldLines, objectsOf, quoted, type Values, word } from "./lines.ts";
import { routeLines, ruleLines } from "./routing.ts";

/** The blocks of static objects and of who follows them. */
export function staticLines(document: Values): string[][] {
  return [
    ...objectsOf(document.track_groups, "name").map(trackGroupLines),
    addressBlock("static_ipaddress", document.static_addresses),
    routeLines("static_routes", document.static_routes),
    ruleLines("static_rules", document.static_rules),
  ];
}

/** The blocks of interfaces that share a pace. */
export function garpGroupLines(vrrp: Values): string[][] {
  return objectsOf(vrrp.garp_groups, "interfaces").map((group) =>
    block("garp_group", [
      ...fieldLines(group, { garp_interval: duration("garp_interval"), gna_interval: duration("gna_interval") }),
      ...block("interfaces", ((group.interfaces as readonly string[] | undefined) ?? []).map(quoted)),
    ]),
  );
}

/** `lvs_sync_daemon INTERFACE [inst INSTANCE] …` of `global_defs`. */
export function syncDaemonLines(daemon: Values | undefined): string[] {
  if (daemon === undefined) return [];
  const words = fieldLines(daemon, {
    interface: word("lvs_sync_daemon"),
    instance: word("inst"),
    id: word("id"),
    max_length: word("maxlen"),
    port: word("port"),
    ttl: word("ttl"),
    group: word("group"),
  });
  return [words.join(" ")];
}

function trackGroupLines(group: Values): string[] {
  const members = ((group.members as readonly string[] | undefined) ?? []).map(quoted);
  return block(`track_group ${quoted(String(group.name))}`, block("group", members));
}

// The rules that one field alone cannot break. Each rule is a function from entries to findings; this list is all of them.

import type { Finding } from "../issue.ts";
import { bfdBreaches, bfdCheckers } from "./bfd.ts";
import { fileCheckers } from "./checkers.ts";
import { electionRules, generalBreaches } from "./election.ts";
import type { Entries } from "./entry.ts";
import { mailOfServersToNobody, notificationBreaches, toldOfInstancesOnly } from "./notifications.ts";
import { quorumRules } from "./quorum.ts";
import { realServerRules } from "./real-servers.ts";
import { routeBreaches, ruleBreaches } from "./routing.ts";
import { syncDaemonBreaches } from "./sync-daemon.ts";
import { trackGroupBreaches } from "./track-groups.ts";
import { trackingBreaches } from "./tracking.ts";
import { staticAddress } from "./virtual-addresses.ts";
import { virtualMacRules } from "./virtual-mac.ts";
import { virtualServerRules } from "./virtual-servers.ts";
import { vrrpRules } from "./vrrp-instances.ts";

/** Everything in the entries that breaks a rule or is doubtful. */
export function breaches(entries: Entries): Finding[] {
  const { general, instances, notifications, statics, tracking } = entries;
  return [
    ...generalBreaches(general),
    ...vrrpRules.flatMap((rule) => rule(instances)),
    ...electionRules.flatMap((rule) => rule(instances)),
    ...virtualMacRules.flatMap((rule) => rule(instances)),
    ...syncDaemonBreaches(entries),
    ...statics.addresses.flatMap(staticAddress),
    ...statics.routes.flatMap(routeBreaches),
    ...statics.rules.flatMap(ruleBreaches),
    ...trackGroupBreaches(entries),
    ...trackingBreaches(tracking, instances),
    ...serverBreaches(entries),
    ...toldOfInstancesOnly(tracking.groups),
    ...bfdBreaches(entries.bfdSessions),
    ...notificationBreaches(notifications, [...instances, ...tracking.groups]),
  ];
}

/** What the rules about virtual servers look at. */
export type ServerEntries = Pick<Entries, "servers" | "notifications"> & {
  readonly tracking: Pick<Entries["tracking"], "names">;
};

/** The part of it that is about virtual servers: no other rule looks at one. */
export function serverBreaches({ servers, notifications, tracking: { names } }: ServerEntries): Finding[] {
  return [
    ...virtualServerRules.flatMap((rule) => rule(servers)),
    ...quorumRules.flatMap((rule) => rule(servers)),
    ...realServerRules.flatMap((rule) => rule(servers)),
    ...fileCheckers(servers, names.trackedFiles),
    ...bfdCheckers(servers, names.bfdSessions),
    ...mailOfServersToNobody(notifications, servers),
  ];
}

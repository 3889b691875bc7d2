// The network settings that instances need, by path below /proc/sys/net.

import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualLinkModel } from "../../config/virtual-link-model.ts";

/** The settings for these instances. `links` are the interfaces that there are, `before` says what a setting is without our doing. */
export function wishedSysctls(
  instances: readonly VrrpInstanceModel[],
  links: readonly string[],
  before: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
  const virtual = instances.flatMap(({ virtualLink }) => virtualLink ?? []).filter(({ kind }) => kind === "macvlan");
  return new Map([
    ...instances.flatMap(ofPromotion),
    ...virtual.flatMap(ofMacvlan),
    ...(virtual.length > 0 ? [withoutReports] : []),
    ...(virtual.length > 0 ? withoutCommonFilter(links, new Set(virtual.map((link) => link.interface)), before) : []),
  ]);
}

type Setting = readonly [string, string];

function ofPromotion({ promoteSecondaries, interface: own, virtualAddresses }: VrrpInstanceModel): Setting[] {
  if (promoteSecondaries !== true) return [];
  const names = new Set([own, ...virtualAddresses.map(({ interface: link }) => link)]);
  return [...names].flatMap((name) => (name === "" ? [] : [setting(name, "promote_secondaries", 1)]));
}

/**
 * As keepalived sets them: the interface below answers for its own addresses only, and the one with the virtual MAC takes what comes from the host's own
 * network. And one more: the interface below asks for neighbours with an address of its own, or they would learn the virtual address with its hardware address.
 */
function ofMacvlan({ interface: own, parent }: VirtualLinkModel): Setting[] {
  return [
    setting(parent, "arp_ignore", 1),
    setting(parent, "arp_filter", 1),
    setting(parent, "arp_announce", 2),
    setting(own, "arp_ignore", 1),
    setting(own, "accept_local", 1),
    setting(own, "rp_filter", 0),
    setting(own, "promote_secondaries", 1),
  ];
}

/**
 * Groups of 224.0.0.0/24 are not reported: a report of a backup would tell the switches that the virtual MAC is where the backup is. They need no reports
 * either, as switches flood them (RFC 4541, section 2.1.2).
 */
const withoutReports: Setting = ["ipv4/igmp_link_local_mcast_reports", "0"];

/** Of the filter for all interfaces and that of each one the stricter counts: the common one is handed down to those that had it. */
function withoutCommonFilter(
  links: readonly string[],
  virtual: ReadonlySet<string>,
  before: (path: string) => string | undefined,
): Setting[] {
  const [all] = setting("all", "rp_filter", 0);
  const common = Number(before(all) ?? 0);
  if (common === 0) return [];
  const others = links.filter((name) => !virtual.has(name));
  const handedDown = others.map((name) => {
    const [path] = setting(name, "rp_filter", common);
    return [path, String(Math.max(common, Number(before(path) ?? 0)))] as const;
  });
  return [...handedDown, [all, "0"]];
}

/** The path of a setting of an interface; in it the dots of a VLAN's name are slashes to nobody but sysctl(8). */
function setting(interfaceName: string, name: string, value: number): Setting {
  return [`ipv4/conf/${interfaceName}/${name}`, String(value)];
}

// The network settings that instances need, by path below /proc/sys/net.

import { type Family, familyOf } from "../../base/address.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualLinkModel } from "../../config/virtual-link-model.ts";
import { linksOf } from "./virtual-links.ts";

/** The settings for these instances. `links` are the interfaces that there are, `before` says what a setting is without our doing. */
export function wishedSysctls(
  instances: readonly VrrpInstanceModel[],
  links: readonly string[],
  before: (path: string) => string | undefined,
): ReadonlyMap<string, string> {
  const virtual = instances.flatMap(macvlansOf);
  const ipv4 = virtual.filter(({ families }) => families.has("ipv4"));
  return new Map([
    ...instances.flatMap(ofPromotion),
    ...ipv4.flatMap(ofIpv4Macvlan),
    ...virtual.flatMap(ofIpv6Macvlan),
    ...(ipv4.length > 0 ? [withoutReports] : []),
    ...(ipv4.length > 0 ? withoutCommonFilter(links, new Set(ipv4.map((link) => link.interface)), before) : []),
  ]);
}

type Setting = readonly [string, string];

function ofPromotion({ promoteSecondaries, interface: own, virtualAddresses }: VrrpInstanceModel): Setting[] {
  if (promoteSecondaries !== true) return [];
  const names = new Set([own, ...virtualAddresses.map(({ interface: link }) => link)]);
  return [...names].flatMap((name) => (name === "" ? [] : [setting(name, "promote_secondaries", 1)]));
}

/** A link with a virtual MAC, and the families of what is on it. */
interface Macvlan extends VirtualLinkModel {
  readonly families: ReadonlySet<Family>;
}

function macvlansOf(instance: VrrpInstanceModel): readonly Macvlan[] {
  const on = (name: string) => instance.virtualAddresses.filter((address) => address.interface === name);
  return linksOf(instance)
    .filter(({ kind }) => kind === "macvlan")
    .map((link) => ({
      ...link,
      families: new Set([link.family, ...on(link.interface).map(({ address }) => familyOf(address))]),
    }));
}

/**
 * As keepalived sets them: the interface below answers for its own addresses only, and the one with the virtual MAC takes what comes from the host's own
 * network. And one more: the interface below asks for neighbours with an address of its own, or they would learn the virtual address with its hardware address.
 */
function ofIpv4Macvlan({ interface: own, parent }: VirtualLinkModel): Setting[] {
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
 * It has the addresses that we put and no others: none that a router's advertisements would make of the virtual MAC (RFC 9568, section 7.4), which all directors
 * would have, and no routes of theirs. The kernel answers for an IPv6 address only on the interface that it is on, so the one below needs nothing.
 */
function ofIpv6Macvlan({ interface: own, families }: Macvlan): Setting[] {
  if (!families.has("ipv6")) return [[`ipv6/conf/${own}/disable_ipv6`, "1"]];
  return (["disable_ipv6", "accept_ra", "autoconf", "accept_dad"] as const).map((name) => [
    `ipv6/conf/${own}/${name}`,
    "0",
  ]);
}

/**
 * Groups of 224.0.0.0/24 are not reported: a report of a backup would tell the switches that the virtual MAC is where the backup is. They need no reports
 * either, as switches flood them (RFC 4541, section 2.1.2).
 */
export const withoutReports: Setting = ["ipv4/igmp_link_local_mcast_reports", "0"];

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

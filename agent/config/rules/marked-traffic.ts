import { familyOf } from "../../base/address.ts";
import { addressNumber } from "../../base/address-range.ts";
import { type Finding, type Path, pathText } from "../issue.ts";
import { serviceFamily } from "../resolve-service.ts";
import type { PortRange } from "../schema/marked-traffic.ts";
import type { VirtualServerSettings } from "../schema/settings.ts";
import { breach } from "./breach.ts";
import type { Entry } from "./entry.ts";

/** Packets are marked for one mark, and are of its family. */
export function markedTraffic({ path, value }: Entry<VirtualServerSettings>): Finding[] {
  const at = [...path, "markedTraffic"];
  if (value.markedTraffic.length === 0) return [];
  if (value.firewallMark === undefined)
    return [breach(at, "goes with firewall_mark: there is no mark to give", "firewall_mark as well")];
  const family = serviceFamily(value);
  return value.markedTraffic.flatMap(({ address }, index) =>
    familyOf(address.first) === family
      ? []
      : [breach([...at, index, "address"], `${address.first} is not ${family}`, `an ${family} address, or family`)],
  );
}

/** A packet has one mark: two virtual servers that mark the same packets are a mistake, of which only the later one would see any. */
export function overlappingTraffic(servers: readonly Entry<VirtualServerSettings>[]): Finding[] {
  const all = servers.flatMap(trafficOf).sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const found: Finding[] = [];
  all.forEach((one, index) => {
    for (let next = index + 1; next < all.length; next++) {
      const other = all[next] as Traffic;
      if (other.first > one.last) break;
      if (one.server === other.server || !isSame(one, other)) continue;
      const [former, latter] = one.order < other.order ? [one, other] : [other, one];
      const message = `marks packets that ${pathText(former.path)} marks as well`;
      found.push(breach(latter.path, message, "other addresses, ports or another protocol: a packet has one mark"));
    }
  });
  return found;
}

interface Traffic {
  readonly path: Path;
  readonly server: VirtualServerSettings;
  readonly order: number;
  readonly family: "ipv4" | "ipv6";
  readonly protocol: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly ports: readonly PortRange[];
}

function trafficOf({ path, value }: Entry<VirtualServerSettings>, order: number): Traffic[] {
  return value.markedTraffic.map(({ address, protocol, ports }, index) => ({
    ...{ path: [...path, "markedTraffic", index], server: value, order, protocol, ports },
    family: familyOf(address.first),
    first: addressNumber(address.first),
    last: addressNumber(address.last),
  }));
}

function isSame(one: Traffic, other: Traffic): boolean {
  if (one.family !== other.family || one.protocol !== other.protocol) return false;
  if (one.ports.length === 0 || other.ports.length === 0) return true;
  return one.ports.some((a) => other.ports.some((b) => a.from <= b.to && b.from <= a.to));
}

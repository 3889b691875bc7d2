// What an instance sends and hears, worked out from its settings: its family, its version, where its advertisements go.

import { type Family, familyOf, type IpAddress, ip } from "../base/address.ts";
import { vrrpGroups } from "../kernel/vrrp-socket.ts";
import type { VrrpInstanceSettings } from "./schema/settings.ts";

type WireSettings = Pick<VrrpInstanceSettings, "virtualAddresses" | "sourceAddress" | "multicastGroup" | "version">;

/** The family is that of the first virtual address; an instance without any has the family of whatever else it names. */
export function familyOfInstance({ virtualAddresses, sourceAddress, multicastGroup }: WireSettings): Family {
  const telling = virtualAddresses[0]?.address.address ?? sourceAddress ?? multicastGroup;
  return telling === undefined ? "ipv4" : familyOf(telling);
}

/** IPv6 has version 3 only (RFC 5798, section 1); keepalived's default for IPv4 is version 2. */
export function versionOfInstance(settings: WireSettings): 2 | 3 {
  return settings.version ?? (familyOfInstance(settings) === "ipv6" ? 3 : 2);
}

/** The multicast group of an instance. */
export function groupOfInstance(settings: WireSettings): IpAddress {
  return settings.multicastGroup ?? ip(vrrpGroups[familyOfInstance(settings)]);
}

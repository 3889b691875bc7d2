// What an instance sends and hears, worked out from its settings: its family, its version, where its advertisements go and how they are
// signed.

import { type Family, familyOf, type IpAddress, ip } from "../base/address.ts";
import { type Milliseconds, milliseconds } from "../base/duration.ts";
import { vrrpGroups } from "../kernel/vrrp-socket.ts";
import type { VrrpInstanceModel } from "./model.ts";
import { leastTimeWindow } from "./schema/auth-hmac.ts";
import type { VrrpInstanceSettings } from "./schema/settings.ts";
import type { UnicastPeerSettings } from "./schema/unicast.ts";
import type {
  HeartbeatPathModel,
  HmacKeyModel,
  HmacModel,
  UnicastModel,
  UnicastPeerModel,
  WireModel,
} from "./wire-model.ts";

type Telling = Pick<
  VrrpInstanceSettings,
  "virtualAddresses" | "sourceAddress" | "multicastGroup" | "version" | "unicast"
>;

/** The family is that of the first virtual address; an instance without any has the family of whatever else it names. */
export function familyOfInstance({ virtualAddresses, sourceAddress, multicastGroup, unicast }: Telling): Family {
  const telling = virtualAddresses[0]?.address.address ?? sourceAddress ?? unicast.peers[0]?.address ?? multicastGroup;
  return telling === undefined ? "ipv4" : familyOf(telling);
}

/** IPv6 has version 3 only (RFC 5798, section 1); keepalived's default for IPv4 is version 2. */
export function versionOfInstance(settings: Telling): 2 | 3 {
  return settings.version ?? (familyOfInstance(settings) === "ipv6" ? 3 : 2);
}

/** The multicast group of an instance. */
export function groupOfInstance(settings: Telling): IpAddress {
  return settings.multicastGroup ?? ip(vrrpGroups[familyOfInstance(settings)]);
}

/** Ways and checks. What is as the RFCs have it is left out. */
export function resolveWire(settings: VrrpInstanceSettings): WireModel {
  const { heartbeatPaths, strictChecksum, checkAdvertisedAddresses, authHmac, vrf } = settings;
  const unicast = unicastOf(settings);
  const furtherPaths = heartbeatPaths.map((path) => pathOf(path, settings));
  return {
    ...(unicast !== undefined && { unicast }),
    ...(furtherPaths.length > 0 && { furtherPaths }),
    ...(vrf !== undefined && settings.interface === undefined && { vrf }),
    ...(strictChecksum && { strictChecksum }),
    ...(!checkAdvertisedAddresses && { comparesAddressesOnce: true }),
    ...(authHmac !== undefined && { hmac: hmacOf(authHmac, settings.advertisementInterval) }),
  };
}

/** As keepalived has it: without peers an instance is multicast, unless that shall be a fault. */
function unicastOf({ unicast }: VrrpInstanceSettings): UnicastModel | undefined {
  const { peers, ttl, checkSource, faultWithoutPeers } = unicast;
  if (peers.length === 0 && !faultWithoutPeers) return undefined;
  return { peers: peers.map(peerOf), timeToLive: ttl, checkSource: checkSource ?? peers.some(hasLimits) };
}

function peerOf({ address, minTtl, maxTtl }: UnicastPeerSettings): UnicastPeerModel {
  return {
    address,
    ...(minTtl !== undefined && { minTimeToLive: minTtl }),
    ...(maxTtl !== undefined && { maxTimeToLive: maxTtl }),
  };
}

function hasLimits({ minTtl, maxTtl }: UnicastPeerSettings): boolean {
  return minTtl !== undefined || maxTtl !== undefined;
}

function pathOf(
  { interface: link, sourceAddress, multicastGroup, peers }: VrrpInstanceSettings["heartbeatPaths"][number],
  settings: VrrpInstanceSettings,
): HeartbeatPathModel {
  const unicast = { peers: peers.map(peerOf), timeToLive: settings.unicast.ttl, checkSource: peers.some(hasLimits) };
  return {
    interface: link,
    ...(sourceAddress !== undefined && { sourceAddress }),
    multicastGroup: multicastGroup ?? groupOfInstance(settings),
    ...(peers.length > 0 && { unicast }),
  };
}

/** A password in a file is read by who uses it. */
export function resolveAuthentication({
  type,
  password = "",
  passwordFile,
}: VrrpInstanceSettings["authentication"]): VrrpInstanceModel["authentication"] {
  if (type === "none") return { type };
  return passwordFile === undefined ? { type, password } : { type, password: "", passwordFile };
}

function hmacOf(settings: NonNullable<VrrpInstanceSettings["authHmac"]>, interval: Milliseconds): HmacModel {
  const { keys, antiReplay, mode } = settings;
  const usualWindow = milliseconds(Math.ceil(Math.max(3 * interval, leastTimeWindow) / 1000) * 1000);
  return {
    keys: keys.map(hmacKeyOf),
    activeKey: settings.activeKey ?? keys[0]?.id ?? 0,
    antiReplay,
    timeWindow: settings.timeWindow ?? usualWindow,
    mode,
  };
}

function hmacKeyOf({ id, key, file }: NonNullable<VrrpInstanceSettings["authHmac"]>["keys"][number]): HmacKeyModel {
  return file === undefined ? { id, hex: hexOfKey(key ?? "") } : { id, hex: "", file };
}

/** A key as it is written: "hex:" and digits, or its characters. */
export function hexOfKey(text: string): string {
  return text.toLowerCase().startsWith("hex:") ? text.slice(4).toLowerCase() : new TextEncoder().encode(text).toHex();
}

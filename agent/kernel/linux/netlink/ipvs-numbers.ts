// The numbers of IPVS on generic netlink: those of linux/ip_vs.h ("IPVS Generic Netlink interface definitions").

import { type Family, familyOf } from "../../../base/address.ts";
import type { Protocol, ServiceKey } from "../../ipvs.ts";

/** IPVS_GENL_NAME. */
export const ipvsFamilyName = "IPVS";
/** IPVS_GENL_VERSION. */
export const version = 1;

/** IPVS_CMD_*. */
export const command = {
  "add-service": 1,
  "update-service": 2,
  "remove-service": 3,
  getService: 4,
  "add-destination": 5,
  "update-destination": 6,
  "remove-destination": 7,
  getDestination: 8,
  getInfo: 15,
} as const;

/** IPVS_CMD_ATTR_*. */
export const top = { service: 1, destination: 2 } as const;
/** IPVS_SVC_ATTR_*. */
export const ofService = {
  family: 1,
  protocol: 2,
  address: 3,
  port: 4,
  mark: 5,
  scheduler: 6,
  flags: 7,
  timeout: 8,
  netmask: 9,
  counters32: 10,
  engine: 11,
  counters64: 12,
} as const;
/** IPVS_DEST_ATTR_*. */
export const ofDestination = {
  address: 1,
  port: 2,
  method: 3,
  weight: 4,
  upperThreshold: 5,
  lowerThreshold: 6,
  active: 7,
  inactive: 8,
  persistent: 9,
  counters32: 10,
  family: 11,
  counters64: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
} as const;
/** IPVS_STATS_ATTR_*; the same numbers in the old form (32 bits but for bytes) and in the new one (64 bits). */
export const ofCounters = {
  connections: 1,
  packetsIn: 2,
  packetsOut: 3,
  bytesIn: 4,
  bytesOut: 5,
  connectionsPerSecond: 6,
  packetsInPerSecond: 7,
  packetsOutPerSecond: 8,
  bytesInPerSecond: 9,
  bytesOutPerSecond: 10,
} as const;
/** IPVS_INFO_ATTR_*. */
export const ofInfo = { version: 1, connectionTableSize: 2 } as const;

/** IP_VS_SVC_F_*. HASHED (2) is the kernel's own: never sent, never compared. */
export const serviceFlag = { persistent: 0x1, onePacket: 0x4, flag1: 0x8, flag2: 0x10, flag3: 0x20 } as const;

/** IPPROTO_*. */
export const protocolNumber: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
export const protocolOfNumber: ReadonlyMap<number, Protocol> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
]);

/** IP_VS_CONN_F_MASQ, _TUNNEL, _DROUTE. */
export const methodNumber = { masquerade: 0, tunnel: 2, direct: 3 } as const;
/** IP_VS_CONN_F_FWD_MASK. */
export const methodMask = 0x7;
/** IP_VS_CONN_F_TUNNEL_TYPE_*, in the order of their numbers. */
export const tunnelTypes = ["ipip", "gue", "gre"] as const;
/** IP_VS_TUNNEL_ENCAP_FLAG_*, in the order of their numbers. */
export const tunnelChecksums = ["none", "full", "remote"] as const;

/** The family of the addresses that a service takes. */
export function familyOfKey(key: ServiceKey): Family {
  return key.kind === "mark" ? key.family : familyOf(key.address);
}

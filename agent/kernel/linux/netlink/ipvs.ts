// IPVS on generic netlink, both directions: operations to request bodies, replies to services and destinations. Numbers and layout are those of
// linux/ip_vs.h ("IPVS Generic Netlink interface definitions"). Ports, addresses and IPv4 masks travel in network order; marks, weights, flags
// and IPv6 prefix lengths in host order.

import { addressBytes, addressFromBytes, type Family, familyOf, type IpAddress } from "../../../base/address.ts";
import { seconds } from "../../../base/duration.ts";
import type {
  Counters,
  Destination,
  Forwarding,
  IpvsInfo,
  IpvsOperation,
  ObservedDestination,
  ObservedService,
  Persistence,
  Protocol,
  Service,
  ServiceFlags,
  ServiceKey,
} from "../../ipvs.ts";
import { socketFamily } from "../sockaddr.ts";
import {
  Attributes,
  beginNested,
  endNested,
  writeBigEndianU16,
  writeBigEndianU32,
  writeBytes,
  writeText,
  writeU8,
  writeU16,
  writeU32,
  writeWords,
} from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import { genericHeaderSize, writeGenericHeader } from "./generic.ts";
import { bigEndianWord, halves, type WordWriter } from "./writer.ts";

/** IPVS_GENL_NAME. */
export const ipvsFamilyName = "IPVS";
/** IPVS_GENL_VERSION. */
const version = 1;

/** IPVS_CMD_*. */
const command = {
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
const top = { service: 1, destination: 2 } as const;
/** IPVS_SVC_ATTR_*. */
const ofService = {
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
const ofDestination = {
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
const ofCounters = {
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
const ofInfo = { version: 1, connectionTableSize: 2 } as const;

/** IP_VS_SVC_F_*. HASHED (2) is the kernel's own: never sent, never compared. */
const serviceFlag = { persistent: 0x1, onePacket: 0x4, flag1: 0x8, flag2: 0x10, flag3: 0x20 } as const;

/** IPPROTO_*. */
const protocolNumber: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
const protocolOfNumber: ReadonlyMap<number, Protocol> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
]);

/** IP_VS_CONN_F_MASQ, _TUNNEL, _DROUTE. */
const methodNumber = { masquerade: 0, tunnel: 2, direct: 3 } as const;
/** IP_VS_CONN_F_FWD_MASK. */
const methodMask = 0x7;
/** IP_VS_CONN_F_TUNNEL_TYPE_*, in the order of their numbers. */
const tunnelTypes = ["ipip", "gue", "gre"] as const;
/** IP_VS_TUNNEL_ENCAP_FLAG_*, in the order of their numbers. */
const tunnelChecksums = ["none", "full", "remote"] as const;

/** Writes the body of the request for an operation. */
export function writeOperation(writer: WordWriter, operation: IpvsOperation): void {
  writeGenericHeader(writer, command[operation.kind], version);
  switch (operation.kind) {
    case "add-service":
    case "update-service":
      return writeService(writer, operation.service);
    case "remove-service":
      return writeServiceKey(writer, operation.key);
    case "add-destination":
    case "update-destination":
    case "remove-destination":
      writeServiceKey(writer, operation.key);
      return writeDestination(writer, operation.destination);
  }
}

/** Asks which IPVS this is. */
export function infoBody(): WriteBody {
  return (writer) => writeGenericHeader(writer, command.getInfo, version);
}

/** Asks for one service, or in a dump for all. */
export function serviceBody(key?: ServiceKey): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, command.getService, version);
    if (key !== undefined) writeServiceKey(writer, key);
  };
}

/** Asks, in a dump, for the destinations of a service. */
export function destinationsBody(key: ServiceKey): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, command.getDestination, version);
    writeServiceKey(writer, key);
  };
}

/** Reads the answer to `infoBody`; the version is three bytes in one number. */
export function readInfo(payload: Uint8Array): IpvsInfo | undefined {
  const attributes = new Attributes(payload, genericHeaderSize);
  const number = attributes.u32(ofInfo.version);
  const connectionTableSize = attributes.u32(ofInfo.connectionTableSize);
  if (number === undefined || connectionTableSize === undefined) return undefined;
  return { version: `${(number >> 16) & 0xff}.${(number >> 8) & 0xff}.${number & 0xff}`, connectionTableSize };
}

/** Reads a service with its counters, still without destinations; undefined when something that makes a service is missing or unknown. */
export function readService(payload: Uint8Array): ObservedService | undefined {
  const attributes = new Attributes(payload, genericHeaderSize).nested(top.service);
  const service = attributes === undefined ? undefined : serviceIn(attributes);
  if (attributes === undefined || service === undefined) return undefined;
  return { service, counters: readCounters(attributes, ofService), destinations: [] };
}

/** Reads the settings of a service alone; undefined as for `readService`. */
export function readServiceSettings(payload: Uint8Array): Service | undefined {
  const attributes = new Attributes(payload, genericHeaderSize).nested(top.service);
  return attributes === undefined ? undefined : serviceIn(attributes);
}

/** Reads a destination of a service of that family, with its counters; undefined when something that makes a destination is missing or unknown. */
export function readDestination(payload: Uint8Array, serviceFamily: Family): ObservedDestination | undefined {
  const attributes = new Attributes(payload, genericHeaderSize).nested(top.destination);
  const destination = attributes === undefined ? undefined : destinationIn(attributes, serviceFamily);
  if (attributes === undefined || destination === undefined) return undefined;
  return {
    destination,
    activeConnections: attributes.u32(ofDestination.active) ?? 0,
    inactiveConnections: attributes.u32(ofDestination.inactive) ?? 0,
    persistentConnections: attributes.u32(ofDestination.persistent) ?? 0,
    counters: readCounters(attributes, ofDestination),
  };
}

/** Reads the settings of a destination alone; undefined as for `readDestination`. */
export function readDestinationSettings(payload: Uint8Array, serviceFamily: Family): Destination | undefined {
  const attributes = new Attributes(payload, genericHeaderSize).nested(top.destination);
  return attributes === undefined ? undefined : destinationIn(attributes, serviceFamily);
}

/** The family of the addresses that a service takes. */
export function familyOfKey(key: ServiceKey): Family {
  return key.kind === "mark" ? key.family : familyOf(key.address);
}

function writeServiceKey(writer: WordWriter, key: ServiceKey): void {
  const start = beginNested(writer);
  writeKeyAttributes(writer, key);
  endNested(writer, start, top.service);
}

function writeService(writer: WordWriter, { key, scheduler, flags, persistence }: Service): void {
  const start = beginNested(writer);
  writeKeyAttributes(writer, key);
  writeText(writer, ofService.scheduler, scheduler);
  writeFlags(writer, flagsNumber(flags, persistence));
  writeU32(writer, ofService.timeout, persistence === undefined ? 0 : persistence.timeout / 1000);
  writeNetmask(writer, familyOfKey(key), persistence?.granularity);
  if (persistence?.engine !== undefined) writeText(writer, ofService.engine, persistence.engine);
  endNested(writer, start, top.service);
}

function writeKeyAttributes(writer: WordWriter, key: ServiceKey): void {
  writeU16(writer, ofService.family, socketFamily[familyOfKey(key)]);
  if (key.kind === "mark") {
    writeU32(writer, ofService.mark, key.mark);
    return;
  }
  writeU16(writer, ofService.protocol, protocolNumber[key.protocol]);
  writeAddress(writer, ofService.address, key.address);
  writeBigEndianU16(writer, ofService.port, key.port);
}

/** struct ip_vs_flags: the flags, and which of them are meant. All are, so that an update also takes flags away. */
function writeFlags(writer: WordWriter, flags: number): void {
  writeWords(writer, ofService.flags, [flags, 0xffffffff]);
}

function flagsNumber(flags: ServiceFlags, persistence: Persistence | undefined): number {
  let number = persistence === undefined ? 0 : serviceFlag.persistent;
  for (const name of ["onePacket", "flag1", "flag2", "flag3"] as const) if (flags[name]) number |= serviceFlag[name];
  return number;
}

/** IPv4 has a mask in network order, IPv6 a prefix length in host order. */
function writeNetmask(writer: WordWriter, family: Family, granularity: number | undefined): void {
  if (family === "ipv6") writeU32(writer, ofService.netmask, granularity ?? 128);
  else writeBigEndianU32(writer, ofService.netmask, maskOf(granularity ?? 32));
}

function writeDestination(writer: WordWriter, destination: Destination): void {
  const start = beginNested(writer);
  const { address, forwarding } = destination;
  writeU16(writer, ofDestination.family, socketFamily[familyOf(address)]);
  writeAddress(writer, ofDestination.address, address);
  writeBigEndianU16(writer, ofDestination.port, destination.port);
  writeU32(writer, ofDestination.method, methodNumber[forwarding.method]);
  writeU32(writer, ofDestination.weight, destination.weight);
  writeU32(writer, ofDestination.upperThreshold, destination.upperThreshold);
  writeU32(writer, ofDestination.lowerThreshold, destination.lowerThreshold);
  if (forwarding.method === "tunnel") writeTunnel(writer, forwarding);
  endNested(writer, start, top.destination);
}

function writeTunnel(
  writer: WordWriter,
  { type, port, checksum }: Extract<Forwarding, { readonly method: "tunnel" }>,
): void {
  writeU8(writer, ofDestination.tunnelType, tunnelTypes.indexOf(type));
  writeBigEndianU16(writer, ofDestination.tunnelPort, port);
  writeU16(writer, ofDestination.tunnelFlags, tunnelChecksums.indexOf(checksum));
}

/** union nf_inet_addr: 16 bytes, of which IPv4 fills the first four. */
function writeAddress(writer: WordWriter, type: number, address: IpAddress): void {
  if (familyOf(address) === "ipv6") return writeBytes(writer, type, addressBytes(address));
  const at = writer.claim(5);
  writer.words[at] = halves(20, type);
  writer.words[at + 1] = ipv4Word(address);
  writer.words.fill(0, at + 2, at + 5);
}

/** The four bytes of an IPv4 address. A table has tens of thousands of addresses, all canonical: this does not check them again. */
function ipv4Word(address: IpAddress): number {
  let number = 0;
  let part = 0;
  for (let at = 0; at < address.length; at++) {
    const digit = address.charCodeAt(at) - 48;
    if (digit >= 0) part = part * 10 + digit;
    else {
      number = (number << 8) | part;
      part = 0;
    }
  }
  return bigEndianWord((number << 8) | part);
}

function destinationIn(attributes: Attributes, serviceFamily: Family): Destination | undefined {
  const family = readFamily(attributes, ofDestination.family) ?? serviceFamily;
  const address = readAddress(attributes, ofDestination.address, family);
  const port = attributes.bigEndianU16(ofDestination.port);
  const forwarding = readForwarding(attributes);
  if (address === undefined || port === undefined || forwarding === undefined) return undefined;
  return {
    address,
    port,
    weight: attributes.i32(ofDestination.weight) ?? 0,
    forwarding,
    upperThreshold: attributes.u32(ofDestination.upperThreshold) ?? 0,
    lowerThreshold: attributes.u32(ofDestination.lowerThreshold) ?? 0,
  };
}

function serviceIn(attributes: Attributes): Service | undefined {
  const key = readServiceKey(attributes);
  const scheduler = attributes.text(ofService.scheduler);
  if (key === undefined || scheduler === undefined) return undefined;
  const flags = attributes.u32(ofService.flags) ?? 0;
  const service = { key, scheduler, flags: readFlags(flags) };
  if ((flags & serviceFlag.persistent) === 0) return service;
  return { ...service, persistence: readPersistence(attributes, familyOfKey(key)) };
}

function readServiceKey(attributes: Attributes): ServiceKey | undefined {
  const family = readFamily(attributes, ofService.family);
  if (family === undefined) return undefined;
  const mark = attributes.u32(ofService.mark);
  if (mark !== undefined && mark !== 0) return { kind: "mark", mark, family };
  const protocol = protocolOfNumber.get(attributes.u16(ofService.protocol) ?? 0);
  const address = readAddress(attributes, ofService.address, family);
  const port = attributes.bigEndianU16(ofService.port);
  if (protocol === undefined || address === undefined || port === undefined) return undefined;
  return { kind: "address", protocol, address, port };
}

function readFamily(attributes: Attributes, type: number): Family | undefined {
  const number = attributes.u16(type);
  return number === socketFamily.ipv4 ? "ipv4" : number === socketFamily.ipv6 ? "ipv6" : undefined;
}

function readAddress(attributes: Attributes, type: number, family: Family): IpAddress | undefined {
  const bytes = attributes.bytes(type);
  return bytes === undefined ? undefined : addressFromBytes(bytes.subarray(0, family === "ipv4" ? 4 : 16));
}

function readFlags(number: number): ServiceFlags {
  return {
    flag1: (number & serviceFlag.flag1) !== 0,
    flag2: (number & serviceFlag.flag2) !== 0,
    flag3: (number & serviceFlag.flag3) !== 0,
    onePacket: (number & serviceFlag.onePacket) !== 0,
  };
}

function readPersistence(attributes: Attributes, family: Family): Persistence {
  const netmask = family === "ipv6" ? attributes.u32(ofService.netmask) : attributes.bigEndianU32(ofService.netmask);
  const granularity = family === "ipv6" ? (netmask ?? 128) : Math.clz32(~(netmask ?? 0xffffffff));
  const persistence = { timeout: seconds(attributes.u32(ofService.timeout) ?? 0), granularity };
  const engine = attributes.text(ofService.engine);
  return engine === undefined || engine === "" ? persistence : { ...persistence, engine };
}

function readForwarding(attributes: Attributes): Forwarding | undefined {
  const method = (attributes.u32(ofDestination.method) ?? 0) & methodMask;
  if (method === methodNumber.masquerade) return { method: "masquerade" };
  if (method === methodNumber.direct) return { method: "direct" };
  if (method !== methodNumber.tunnel) return undefined;
  // Kernels before 5.3 know one tunnel only and say nothing about it.
  const type = tunnelTypes[attributes.u8(ofDestination.tunnelType) ?? 0];
  const checksum = tunnelChecksums[attributes.u16(ofDestination.tunnelFlags) ?? 0];
  if (type === undefined || checksum === undefined) return undefined;
  return { method: "tunnel", type, port: attributes.bigEndianU16(ofDestination.tunnelPort) ?? 0, checksum };
}

/** Prefers the counters of 64 bits, which kernels before 4.1 lack. */
function readCounters(
  attributes: Attributes,
  place: { readonly counters32: number; readonly counters64: number },
): Counters {
  const found = attributes.numbers(place.counters64) ?? attributes.numbers(place.counters32) ?? [];
  return {
    connections: found[ofCounters.connections] ?? 0n,
    packetsIn: found[ofCounters.packetsIn] ?? 0n,
    packetsOut: found[ofCounters.packetsOut] ?? 0n,
    bytesIn: found[ofCounters.bytesIn] ?? 0n,
    bytesOut: found[ofCounters.bytesOut] ?? 0n,
    connectionsPerSecond: found[ofCounters.connectionsPerSecond] ?? 0n,
    packetsInPerSecond: found[ofCounters.packetsInPerSecond] ?? 0n,
    packetsOutPerSecond: found[ofCounters.packetsOutPerSecond] ?? 0n,
    bytesInPerSecond: found[ofCounters.bytesInPerSecond] ?? 0n,
    bytesOutPerSecond: found[ofCounters.bytesOutPerSecond] ?? 0n,
  };
}

function maskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0;
}

// IPVS on generic netlink, from replies to services and destinations. What is missing or unknown is undefined, never guessed.

import { addressFromBytes, type Family, type IpAddress } from "../../../base/address.ts";
import { seconds } from "../../../base/duration.ts";
import type {
  Counters,
  Destination,
  Forwarding,
  IpvsInfo,
  ObservedDestination,
  ObservedService,
  Persistence,
  Service,
  ServiceFlags,
  ServiceKey,
} from "../../ipvs.ts";
import { socketFamily } from "../sockaddr.ts";
import { Attributes } from "./attribute.ts";
import { genericHeaderSize } from "./generic.ts";
import {
  familyOfKey,
  methodMask,
  methodNumber,
  ofCounters,
  ofDestination,
  ofInfo,
  ofService,
  protocolOfNumber,
  serviceFlag,
  top,
  tunnelChecksums,
  tunnelTypes,
} from "./ipvs-numbers.ts";

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

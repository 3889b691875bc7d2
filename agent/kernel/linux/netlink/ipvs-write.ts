// IPVS on generic netlink, from operations to request bodies. Ports, addresses and IPv4 masks travel in network order; marks, weights, flags and IPv6
// prefix lengths in host order.

import { addressBytes, type Family, familyOf, type IpAddress } from "../../../base/address.ts";
import type {
  Destination,
  Forwarding,
  IpvsOperation,
  Persistence,
  Service,
  ServiceFlags,
  ServiceKey,
} from "../../ipvs.ts";
import { socketFamily } from "../sockaddr.ts";
import {
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
import { writeGenericHeader } from "./generic.ts";
import {
  command,
  familyOfKey,
  methodNumber,
  ofDestination,
  ofService,
  protocolNumber,
  serviceFlag,
  top,
  tunnelChecksums,
  tunnelTypes,
  version,
} from "./ipvs-numbers.ts";
import { bigEndianHalf, bigEndianWord, halves, WordWriter } from "./writer.ts";

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
  if (key.kind === "address" && familyOf(key.address) === "ipv4") return writeIpv4Key(writer, key);
  writeEachOfKey(writer, key);
}

function writeEachOfKey(writer: WordWriter, key: ServiceKey): void {
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

// A large table is tens of thousands of IPv4 destinations. Their attributes always stand in the same places, so that they are copied in one piece
// and what differs is put in; attribute by attribute takes three times as long.

type AddressKey = Extract<ServiceKey, { readonly kind: "address" }>;

const anyIpv4 = "0.0.0.0" as IpAddress;

/** The words of what is written once; made when they are first needed. */
function template(write: (writer: WordWriter) => void): () => Uint32Array {
  let words: Uint32Array | undefined;
  return () => {
    if (words !== undefined) return words;
    const writer = new WordWriter(32);
    write(writer);
    words = writer.words.slice(0, writer.length);
    return words;
  };
}

const ipv4Key = template((writer) =>
  writeEachOfKey(writer, { kind: "address", protocol: "tcp", address: anyIpv4, port: 0 }),
);

/** The words of `ipv4Key` in which protocol, address and port stand. */
const inKey = { protocol: 3, address: 5, port: 10 } as const;

/** The destinations of a service follow each other: its words are made once. */
let recentKey: AddressKey | undefined;

function writeIpv4Key(writer: WordWriter, key: AddressKey): void {
  const words = ipv4Key();
  if (key !== recentKey) {
    words[inKey.protocol] = halves(protocolNumber[key.protocol], 0);
    words[inKey.address] = ipv4Word(key.address);
    words[inKey.port] = bigEndianHalf(key.port);
    recentKey = key;
  }
  const at = writer.claim(words.length);
  writer.words.set(words, at);
}

const ipv4Destination = template((writer) =>
  writeEachOfDestination(writer, {
    ...{ address: anyIpv4, port: 0, weight: 0, upperThreshold: 0, lowerThreshold: 0 },
    forwarding: { method: "masquerade" },
  }),
);

/** The words of `ipv4Destination` in which these stand. */
const inDestination = { address: 4, port: 9, method: 11, weight: 13, upperThreshold: 15, lowerThreshold: 17 } as const;

function writeDestination(writer: WordWriter, destination: Destination): void {
  const { address, forwarding } = destination;
  if (forwarding.method === "tunnel" || familyOf(address) === "ipv6")
    return writeEachOfDestination(writer, destination);
  const words = ipv4Destination();
  const at = writer.claim(words.length);
  writer.words.set(words, at);
  writer.words[at + inDestination.address] = ipv4Word(address);
  writer.words[at + inDestination.port] = bigEndianHalf(destination.port);
  writer.words[at + inDestination.method] = methodNumber[forwarding.method];
  writer.words[at + inDestination.weight] = destination.weight;
  writer.words[at + inDestination.upperThreshold] = destination.upperThreshold;
  writer.words[at + inDestination.lowerThreshold] = destination.lowerThreshold;
}

function writeEachOfDestination(writer: WordWriter, destination: Destination): void {
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

function maskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0;
}

// Links and addresses on route netlink, both directions (linux/rtnetlink.h, if_link.h, if_addr.h). All numbers are in host order, addresses are
// bytes in network order.

import { addressBytes, addressFromBytes, familyOf, type IpAddress } from "../../../base/address.ts";
import { type Milliseconds, seconds } from "../../../base/duration.ts";
import type { AddressFlag, Link, LinkAddress, LinkChange, WishedAddress } from "../../links.ts";
import { isLittleEndian } from "../byte-order.ts";
import { socketFamily } from "../sockaddr.ts";
import { Attributes, writeBytes, writeText, writeU8, writeU32, writeWords } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import type { Message } from "./message.ts";
import { readAlias, readVirtual } from "./rtm-newlink.ts";
import { quarters, type WordWriter } from "./writer.ts";

/** RTM_*. */
export const routeMessage = {
  newLink: 16,
  removeLink: 17,
  getLink: 18,
  newAddress: 20,
  removeAddress: 21,
  getAddress: 22,
} as const;

/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR: the multicast groups that tell of changes. */
export const changeGroups: readonly number[] = [1, 5, 9];

/** IFLA_*. */
const ofLink = { hardwareAddress: 1, name: 3, mtu: 4, filter: 29 } as const;
/** RTEXT_FILTER_SKIP_STATS: counters are half of each reply and nobody here reads them. */
const withoutCounters = 8;
/** IFF_UP, IFF_RUNNING. */
const linkFlag = { up: 0x1, running: 0x40 } as const;
/** The size of struct ifinfomsg. */
const linkHeaderSize = 16;

/** IFA_*. */
const ofAddress = { address: 1, local: 2, label: 3, broadcast: 4, lifetime: 6, flags: 8, origin: 11 } as const;
/** IFA_F_*; what says "secondary" of IPv4 says "temporary" of IPv6. */
const addressFlag = { secondary: 0x1, withoutDetection: 0x2, duplicate: 0x8, tentative: 0x40 } as const;
/** The flags that a person may wish for. */
const wishedFlag: Readonly<Record<AddressFlag, number>> = {
  home: 0x10,
  mngtmpaddr: 0x100,
  noprefixroute: 0x200,
  autojoin: 0x400,
};
/** The size of struct ifaddrmsg. */
const addressHeaderSize = 8;
/** Lifetimes are whole seconds; this one never ends (INFINITY_LIFE_TIME). */
const forEver = 0xffffffff;
/** What `ip address` shows as the origin of our addresses ("proto 0x70"): the number of VRRP. Kernels before 5.18 pass over it. */
const origin = 112;

/** Asks, in a dump, for all links. */
export function linksBody(): WriteBody {
  return (writer) => {
    writer.zeroes(linkHeaderSize / 4);
    writeU32(writer, ofLink.filter, withoutCounters);
  };
}

/** Asks, in a dump, for the addresses of all links. */
export function addressesBody(): WriteBody {
  return (writer) => writer.zeroes(addressHeaderSize / 4);
}

/** Adds an address or renews its lifetime (with NLM_F_CREATE and NLM_F_REPLACE). */
export function putAddressBody(wished: WishedAddress): WriteBody {
  return (writer) => {
    const flags = flagsOf(wished);
    writeAddress(writer, wished, flags & 0xff);
    writeU32(writer, ofAddress.flags, flags);
    if (wished.label !== undefined) writeText(writer, ofAddress.label, wished.label);
    if (wished.broadcast !== undefined) writeBytes(writer, ofAddress.broadcast, addressBytes(wished.broadcast));
    if (wished.validFor !== undefined || wished.deprecated === true) writeLifetime(writer, wished);
    writeU8(writer, ofAddress.origin, origin);
  };
}

/** Removes an address. */
export function removeAddressBody(wished: Omit<WishedAddress, "validFor">): WriteBody {
  return (writer) => writeAddress(writer, wished, 0);
}

/** What a message of the kernel says about links and addresses; undefined when it says nothing about them. */
export function readChange({ type, payload }: Message): LinkChange | undefined {
  switch (type) {
    case routeMessage.newLink:
    case routeMessage.removeLink:
      return readLinkChange(type, payload);
    case routeMessage.newAddress:
    case routeMessage.removeAddress:
      return readAddressChange(type, payload);
    default:
      return undefined;
  }
}

function readLinkChange(type: number, payload: Uint8Array): LinkChange | undefined {
  const link = readLink(payload);
  if (link === undefined) return undefined;
  return type === routeMessage.newLink ? { kind: "link", link } : { kind: "link-removed", index: link.index };
}

/** A bridge tells of its ports with the same messages and family AF_BRIDGE: a port that leaves it is not a link that is removed. */
function readLink(payload: Uint8Array): Link | undefined {
  if (payload.length < linkHeaderSize || payload[0] !== 0) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = new Attributes(payload, linkHeaderSize);
  const flags = view.getUint32(8, isLittleEndian);
  const up = (flags & linkFlag.up) !== 0;
  const [virtual, alias] = [readVirtual(attributes), readAlias(attributes)];
  return {
    index: view.getInt32(4, isLittleEndian),
    name: attributes.text(ofLink.name) ?? "",
    up,
    running: up && (flags & linkFlag.running) !== 0,
    mtu: attributes.u32(ofLink.mtu) ?? 0,
    hardwareAddress: attributes.bytes(ofLink.hardwareAddress)?.slice() ?? new Uint8Array(),
    ...(virtual !== undefined && { virtual }),
    ...(alias !== undefined && { alias }),
  };
}

function readAddressChange(type: number, payload: Uint8Array): LinkChange | undefined {
  const found = readAddress(payload);
  if (found === undefined) return undefined;
  if (type === routeMessage.newAddress) return { kind: "address", address: found };
  const { linkIndex, address, prefixLength } = found;
  return { kind: "address-removed", linkIndex, address, prefixLength };
}

function readAddress(payload: Uint8Array): LinkAddress | undefined {
  if (payload.length < addressHeaderSize) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = new Attributes(payload, addressHeaderSize);
  // On a point-to-point link IFA_ADDRESS is the other end's; IPv6 has IFA_LOCAL only there.
  const bytes = attributes.bytes(ofAddress.local) ?? attributes.bytes(ofAddress.address);
  const address = bytes === undefined ? undefined : addressFromBytes(bytes);
  if (address === undefined) return undefined;
  const flags = attributes.u32(ofAddress.flags) ?? view.getUint8(2);
  const facts = {
    linkIndex: view.getUint32(4, isLittleEndian),
    address,
    prefixLength: view.getUint8(1),
    secondary: familyOf(address) === "ipv4" && (flags & addressFlag.secondary) !== 0,
    tentative: (flags & addressFlag.tentative) !== 0,
    duplicate: (flags & addressFlag.duplicate) !== 0,
  };
  const validFor = readValidFor(attributes);
  const peer = readPeer(attributes);
  return {
    ...facts,
    ...(validFor !== undefined && { validFor }),
    ...(peer !== undefined && { peer }),
  };
}

/** IPv4 has both always, the same when there is no other end. */
function readPeer(attributes: Attributes): IpAddress | undefined {
  const [local, other] = [attributes.bytes(ofAddress.local), attributes.bytes(ofAddress.address)];
  const peer = local === undefined || other === undefined ? undefined : addressFromBytes(other);
  return peer === undefined || local === undefined || peer === addressFromBytes(local) ? undefined : peer;
}

/** struct ifa_cacheinfo: preferred, valid, and when it was made and changed. */
function readValidFor(attributes: Attributes): Milliseconds | undefined {
  const bytes = attributes.bytes(ofAddress.lifetime);
  if (bytes === undefined || bytes.length < 8) return undefined;
  const valid = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, isLittleEndian);
  return valid === forEver ? undefined : seconds(valid);
}

function writeAddress(writer: WordWriter, wished: Omit<WishedAddress, "validFor">, flags: number): void {
  const { address, prefixLength, linkIndex, scope = 0, peer = address } = wished;
  writer.word(quarters(socketFamily[familyOf(address)], prefixLength, flags, scope));
  writer.word(linkIndex);
  writeBytes(writer, ofAddress.local, addressBytes(address));
  writeBytes(writer, ofAddress.address, addressBytes(peer));
}

function flagsOf({ address, flags = [] }: WishedAddress): number {
  const always = familyOf(address) === "ipv6" ? addressFlag.withoutDetection : 0;
  return flags.reduce((sum, flag) => sum | wishedFlag[flag], always);
}

/** Preferred for as long as valid unless it is deprecated: an address that outlives its preference is no longer taken as a source. */
function writeLifetime(writer: WordWriter, { validFor, deprecated }: WishedAddress): void {
  const whole = validFor === undefined ? forEver : Math.max(1, Math.ceil(validFor / 1000));
  writeWords(writer, ofAddress.lifetime, [deprecated === true ? 0 : whole, whole, 0, 0]);
}

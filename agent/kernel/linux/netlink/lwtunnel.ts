// The attributes of light-weight tunnels, both directions (RTA_ENCAP of linux/rtnetlink.h, LWTUNNEL_* of linux/lwtunnel.h, linux/mpls_iptunnel.h,
// linux/ila.h). Their numbers are in network order.

import { addressBytes, addressFromBytes, type IpAddress } from "../../../base/address.ts";
import type { Encapsulation, OuterHeader } from "../../encapsulation.ts";
import {
  type Attributes,
  beginNested,
  endNested,
  writeBigEndianU16,
  writeBytes,
  writeU8,
  writeU16,
  writeWords,
} from "./attribute.ts";
import { bigEndianWord, type WordWriter } from "./writer.ts";

/** RTA_ENCAP_TYPE, RTA_ENCAP. */
const attribute = { type: 21, encapsulation: 22 } as const;

/** LWTUNNEL_ENCAP_*. */
const kinds: Readonly<Record<Encapsulation["kind"], number>> = { mpls: 1, ip: 2, ila: 3, ip6: 4 };

/** LWTUNNEL_IP_*, and LWTUNNEL_IP6_*, which have the same numbers (HOPLIMIT that of TTL, TC that of TOS). */
const outer = { id: 1, destination: 2, source: 3, ttl: 4, tos: 5, flags: 6 } as const;

const mplsLabels = 1; // MPLS_IPTUNNEL_DST
const labelShift = 12; // MPLS_LS_LABEL_SHIFT
const bottomOfStack = 0x100; // MPLS_LS_S_SHIFT
const ilaLocator = 1; // ILA_ATTR_LOCATOR

/** Writes the attributes of a next hop that wraps packets. */
export function writeEncapsulation(writer: WordWriter, encapsulation: Encapsulation): void {
  writeU16(writer, attribute.type, kinds[encapsulation.kind]);
  const start = beginNested(writer);
  if (encapsulation.kind === "mpls") writeWords(writer, mplsLabels, encapsulation.labels.map(stackEntry));
  else if (encapsulation.kind === "ila") writeBytes(writer, ilaLocator, locatorBytes(encapsulation.locator));
  else writeOuterHeader(writer, encapsulation);
  endNested(writer, start, attribute.encapsulation);
}

/** What a next hop of the kernel wraps packets in; undefined when nothing, or something that there is no word for. */
export function readEncapsulation(attributes: Attributes): Encapsulation | undefined {
  const type = attributes.u16(attribute.type);
  const nested = attributes.nested(attribute.encapsulation);
  if (type === undefined || nested === undefined) return undefined;
  if (type === kinds.mpls) return { kind: "mpls", labels: labelsIn(nested.bytes(mplsLabels) ?? new Uint8Array()) };
  if (type === kinds.ila) return { kind: "ila", locator: locatorText(nested.bytes(ilaLocator) ?? new Uint8Array()) };
  return type === kinds.ip
    ? readOuterHeader("ip", nested)
    : type === kinds.ip6
      ? readOuterHeader("ip6", nested)
      : undefined;
}

function writeOuterHeader(writer: WordWriter, { id, destination, source, tos, ttl, flags }: OuterHeader): void {
  if (id !== undefined) writeWords(writer, outer.id, [0, bigEndianWord(id)]);
  if (destination !== undefined) writeBytes(writer, outer.destination, addressBytes(destination));
  if (source !== undefined) writeBytes(writer, outer.source, addressBytes(source));
  if (ttl !== undefined) writeU8(writer, outer.ttl, ttl);
  if (tos !== undefined) writeU8(writer, outer.tos, tos);
  if (flags !== undefined) writeBigEndianU16(writer, outer.flags, flags);
}

/** The kernel tells every field, as zero those that nobody gave. */
function readOuterHeader(kind: OuterHeader["kind"], nested: Attributes): OuterHeader {
  const id = wordsIn(nested.bytes(outer.id)).at(-1);
  const [destination, source] = [addressIn(nested.bytes(outer.destination)), addressIn(nested.bytes(outer.source))];
  const [ttl, tos] = [nested.u8(outer.ttl), nested.u8(outer.tos)];
  const flags = nested.bigEndianU16(outer.flags);
  return {
    kind,
    ...(id && { id }),
    ...(destination !== undefined && { destination }),
    ...(source !== undefined && { source }),
    ...(tos && { tos }),
    ...(ttl && { ttl }),
    ...(flags && { flags }),
  };
}

function addressIn(bytes: Uint8Array | undefined): IpAddress | undefined {
  return bytes?.some((byte) => byte !== 0) ? addressFromBytes(bytes) : undefined;
}

/** An entry of the label stack (RFC 3032, section 2.1); the kernel writes class and lifetime itself. */
function stackEntry(label: number, index: number, { length }: readonly number[]): number {
  return bigEndianWord(((label << labelShift) | (index === length - 1 ? bottomOfStack : 0)) >>> 0);
}

function labelsIn(stack: Uint8Array): number[] {
  return wordsIn(stack).map((entry) => entry >>> labelShift);
}

/** Numbers of 32 bits in network order. */
function wordsIn(bytes: Uint8Array = new Uint8Array()): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(4 * index));
}

/** Four groups of 16 bits. */
function locatorBytes(text: string): Uint8Array {
  const groups = text.split(":").map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function locatorText(bytes: Uint8Array): string {
  const groups = wordsIn(bytes).flatMap((word) => [word >>> 16, word & 0xffff]);
  return groups.map((group) => group.toString(16)).join(":");
}

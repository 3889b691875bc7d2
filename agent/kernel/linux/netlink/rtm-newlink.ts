// Links that are made on other links (IFLA_* of linux/if_link.h).

import type { VirtualLink } from "../../links.ts";
import {
  type Attributes,
  beginNested,
  endNested,
  writeBytes,
  writeText,
  writeU8,
  writeU16,
  writeU32,
} from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import type { WordWriter } from "./writer.ts";

/** IFLA_*. */
const attribute = { hardwareAddress: 1, name: 3, parent: 5, info: 18, alias: 20, families: 26 } as const;
/** IFLA_INFO_*. */
const info = { kind: 1, data: 2 } as const;
/** IFLA_MACVLAN_MODE and MACVLAN_MODE_PRIVATE: nothing that one sends reaches another on the same parent. */
const macvlan = { mode: 1, private: 1 } as const;
/** IFLA_IPVLAN_MODE with IPVLAN_MODE_L2, and IFLA_IPVLAN_FLAGS with IPVLAN_F_*. */
const ipvlan = { mode: 1, l2: 0, flags: 2, isolation: { bridge: 0, private: 1, vepa: 2 } } as const;
/** AF_INET6, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE. */
const ipv6 = { family: 10, generation: 8, none: 1 } as const;
/** IFF_UP. */
const up = 1;

/** Makes the link (with NLM_F_CREATE and NLM_F_EXCL); it is down. */
export function makeLinkBody(wished: VirtualLink): WriteBody {
  return (writer) => {
    writer.zeroes(4);
    writeText(writer, attribute.name, wished.name);
    writeU32(writer, attribute.parent, wished.parentIndex);
    if (wished.hardwareAddress !== undefined) writeBytes(writer, attribute.hardwareAddress, wished.hardwareAddress);
    const start = beginNested(writer);
    writeText(writer, info.kind, wished.kind);
    const data = beginNested(writer);
    writeMode(writer, wished);
    endNested(writer, data, info.data);
    endNested(writer, start, attribute.info);
  };
}

/** What can only be said of a link that is there: its mark, and that it makes no IPv6 addresses of its own. */
export function markLinkBody(index: number, alias: string): WriteBody {
  return (writer) => {
    writeHeader(writer, index, 0);
    writeText(writer, attribute.alias, alias);
    const families = beginNested(writer);
    const family = beginNested(writer);
    writeU8(writer, ipv6.generation, ipv6.none);
    endNested(writer, family, ipv6.family);
    endNested(writer, families, attribute.families);
  };
}

/** Sets the link up. */
export function setUpBody(index: number): WriteBody {
  return (writer) => writeHeader(writer, index, up);
}

/** Names the link that is asked for, or that is to be removed. */
export function linkBody(index: number): WriteBody {
  return (writer) => writeHeader(writer, index, 0);
}

/** Names the link that is asked for. */
export function linkNamedBody(name: string): WriteBody {
  return (writer) => {
    writeHeader(writer, 0, 0);
    writeText(writer, attribute.name, name);
  };
}

/** What a link is that was made on another one; undefined when it is of no kind that this agent makes. */
export function readVirtual(attributes: Attributes): { kind: VirtualLink["kind"]; parentIndex: number } | undefined {
  const kind = attributes.nested(attribute.info)?.text(info.kind);
  const parentIndex = attributes.u32(attribute.parent);
  return (kind === "macvlan" || kind === "ipvlan") && parentIndex !== undefined ? { kind, parentIndex } : undefined;
}

/** The alias of a link. */
export function readAlias(attributes: Attributes): string | undefined {
  return attributes.text(attribute.alias);
}

function writeMode(writer: WordWriter, { kind, isolation = "bridge" }: VirtualLink): void {
  if (kind === "macvlan") return writeU32(writer, macvlan.mode, macvlan.private);
  writeU16(writer, ipvlan.mode, ipvlan.l2);
  writeU16(writer, ipvlan.flags, ipvlan.isolation[isolation]);
}

/** struct ifinfomsg: the index, the flags, and which of them are meant. */
function writeHeader(writer: WordWriter, index: number, flags: number): void {
  writer.word(0);
  writer.word(index);
  writer.word(flags);
  writer.word(flags);
}

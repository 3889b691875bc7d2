// Routing policy rules on route netlink, both directions (struct fib_rule_hdr and FRA_* of linux/fib_rules.h).

import { addressBytes, addressFromBytes, type Family, type InterfaceAddress } from "../../../base/address.ts";
import { allBits, type NumberRange, type Rule, type RuleAction } from "../../rules.ts";
import { isLittleEndian } from "../byte-order.ts";
import { socketFamily } from "../sockaddr.ts";
import { Attributes, writeBytes, writeText, writeU8, writeU32, writeWords } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import type { Message } from "./message.ts";
import { ourProtocol } from "./rtm-route.ts";
import { halves, quarters, type WordWriter } from "./writer.ts";

/** RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE. */
export const ruleMessage = { newRule: 32, removeRule: 33, getRule: 34 } as const;

/** RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE. */
export const ruleGroups: readonly number[] = [8, 19];

/** FRA_*. */
const attribute = {
  to: 1,
  from: 2,
  incoming: 3,
  target: 4,
  priority: 6,
  mark: 10,
  realm: 11,
  tunnelId: 12,
  suppressGroup: 13,
  suppressPrefixLength: 14,
  table: 15,
  mask: 16,
  outgoing: 17,
  l3mdev: 19,
  users: 20,
  origin: 21,
  protocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
} as const;

/** FR_ACT_*. */
const actions: Readonly<Record<RuleAction, number>> = {
  lookup: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};
const actionNames = new Map(Object.entries(actions).map(([name, number]) => [number, name as RuleAction]));

const invertFlag = 2; // FIB_RULE_INVERT
const headerSize = 12; // struct fib_rule_hdr
const compatibleTable = 252; // RT_TABLE_COMPAT
/** What the kernel tells of a suppression that there is not. */
const none = 0xffffffff;

/** Asks, in a dump, for the rules of a family. */
export function rulesBody(family: Family): WriteBody {
  return (writer) => {
    writer.word(quarters(socketFamily[family], 0, 0, 0));
    writer.zeroes(2);
  };
}

/** A rule to be added or removed. */
export function ruleBody(rule: Rule): WriteBody {
  return (writer) => {
    const { family, from, to, tos, table, action, not } = rule;
    writer.word(quarters(socketFamily[family], to?.prefixLength ?? 0, from?.prefixLength ?? 0, tos));
    writer.word(quarters(table < 256 ? table : compatibleTable, 0, 0, actions[action]));
    writer.word(not === true ? invertFlag : 0);
    writeU32(writer, attribute.priority, rule.priority);
    writeU8(writer, attribute.origin, ourProtocol);
    if (from !== undefined && from.prefixLength > 0) writeBytes(writer, attribute.from, addressBytes(from.address));
    if (to !== undefined && to.prefixLength > 0) writeBytes(writer, attribute.to, addressBytes(to.address));
    writeTarget(writer, rule);
    writeSelectors(writer, rule);
  };
}

/** The rule in a message of the kernel; undefined when it is not ours, or of a kind that there is no word for. */
export function readRule({ type, payload }: Message): Rule | undefined {
  if (type !== ruleMessage.newRule && type !== ruleMessage.removeRule) return undefined;
  if (payload.length < headerSize) return undefined;
  const attributes = new Attributes(payload, headerSize);
  if (attributes.u8(attribute.origin) !== ourProtocol) return undefined;
  const family = payload[0] === socketFamily.ipv4 ? "ipv4" : payload[0] === socketFamily.ipv6 ? "ipv6" : undefined;
  const action = actionNames.get(payload[7] ?? 0);
  if (family === undefined || action === undefined) return undefined;
  const flags = new DataView(payload.buffer, payload.byteOffset).getUint32(8, isLittleEndian);
  return {
    family,
    priority: attributes.u32(attribute.priority) ?? 0,
    action,
    table: attributes.u32(attribute.table) ?? payload[4] ?? 0,
    tos: payload[3] ?? 0,
    ...present({
      target: attributes.u32(attribute.target),
      not: (flags & invertFlag) !== 0 ? true : undefined,
      from: prefixOf(attributes.bytes(attribute.from), payload[2] ?? 0),
      to: prefixOf(attributes.bytes(attribute.to), payload[1] ?? 0),
      ...readSelectors(attributes),
    }),
  };
}

function writeTarget(writer: WordWriter, { action, table, target, l3mdev }: Rule): void {
  if (action === "goto" && target !== undefined) writeU32(writer, attribute.target, target);
  if (l3mdev === true) writeU8(writer, attribute.l3mdev, 1);
  else if (table > 0) writeU32(writer, attribute.table, table);
}

function writeSelectors(writer: WordWriter, rule: Rule): void {
  const { mark, incoming, outgoing, users, protocol, suppressPrefixLength, suppressGroup } = rule;
  if (mark !== undefined) {
    writeU32(writer, attribute.mark, mark.value);
    writeU32(writer, attribute.mask, mark.mask);
  }
  if (incoming !== undefined) writeText(writer, attribute.incoming, incoming);
  if (outgoing !== undefined) writeText(writer, attribute.outgoing, outgoing);
  if (users !== undefined) writeWords(writer, attribute.users, [users.from, users.to]);
  if (protocol !== undefined) writeU8(writer, attribute.protocol, protocol);
  if (rule.realm !== undefined) writeU32(writer, attribute.realm, rule.realm);
  if (rule.tunnelId !== undefined) writeBytes(writer, attribute.tunnelId, bigEndian(rule.tunnelId));
  writePorts(writer, attribute.sourcePorts, rule.sourcePorts);
  writePorts(writer, attribute.destinationPorts, rule.destinationPorts);
  if (suppressPrefixLength !== undefined) writeU32(writer, attribute.suppressPrefixLength, suppressPrefixLength);
  if (suppressGroup !== undefined) writeU32(writer, attribute.suppressGroup, suppressGroup);
}

/** struct fib_rule_port_range: two numbers of 16 bits. */
function writePorts(writer: WordWriter, type: number, range: NumberRange | undefined): void {
  if (range !== undefined) writeWords(writer, type, [halves(range.from, range.to)]);
}

function readSelectors(attributes: Attributes) {
  const mask = attributes.u32(attribute.mask);
  const value = attributes.u32(attribute.mark) ?? (mask === undefined ? undefined : 0);
  return {
    mark: value === undefined ? undefined : { value, mask: mask ?? allBits },
    incoming: attributes.text(attribute.incoming),
    outgoing: attributes.text(attribute.outgoing),
    l3mdev: attributes.u8(attribute.l3mdev) === 1 ? true : undefined,
    users: readRange(attributes.bytes(attribute.users), 4),
    realm: attributes.u32(attribute.realm),
    tunnelId: readTunnelId(attributes.bytes(attribute.tunnelId)),
    protocol: attributes.u8(attribute.protocol),
    sourcePorts: readRange(attributes.bytes(attribute.sourcePorts), 2),
    destinationPorts: readRange(attributes.bytes(attribute.destinationPorts), 2),
    suppressPrefixLength: given(attributes.u32(attribute.suppressPrefixLength)),
    suppressGroup: given(attributes.u32(attribute.suppressGroup)),
  };
}

/** 64 bits in network order, of which ids of tunnels use 32. */
function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, value);
  return bytes;
}

function readTunnelId(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
}

function readRange(bytes: Uint8Array | undefined, size: 2 | 4): NumberRange | undefined {
  if (bytes === undefined || bytes.length < 2 * size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const at = (place: number) =>
    size === 2 ? view.getUint16(place, isLittleEndian) : view.getUint32(place, isLittleEndian);
  return { from: at(0), to: at(size) };
}

function given(value: number | undefined): number | undefined {
  return value === none ? undefined : value;
}

function prefixOf(bytes: Uint8Array | undefined, prefixLength: number): InterfaceAddress | undefined {
  const address = bytes === undefined ? undefined : addressFromBytes(bytes);
  return address === undefined ? undefined : { address, prefixLength };
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The fields that there are. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

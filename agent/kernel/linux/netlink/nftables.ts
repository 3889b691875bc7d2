// nftables on netlink, both directions: the messages of one table with its chains, sets and rules (linux/netfilter/nf_tables.h, nfnetlink.h). All numbers
// are in network order. A batch is carried out as a whole or not at all.

import { isLittleEndian } from "../byte-order.ts";
import { Attributes, beginNested, endNested, writeBigEndianU32, writeBytes, writeText } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import { requestFlag } from "./message.ts";
import { quarters, type WordWriter } from "./writer.ts";

/** NFNL_SUBSYS_NFTABLES: the high byte of every type; the low byte is NFT_MSG_*. */
const subsystem = 10;
const message = {
  newTable: 0,
  removeTable: 2,
  newChain: 3,
  newRule: 6,
  getRule: 7,
  newSet: 9,
  newElement: 12,
  getElement: 13,
} as const;

/** NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END. */
const batch = { begin: 0x10, end: 0x11 } as const;
/** NFPROTO_INET: both families in one table. */
const family = 1;
const headerSize = 4; // struct nfgenmsg
/** NLM_F_APPEND: a rule goes to the end of its chain. */
const append = 0x800;
const listElement = 1; // NFTA_LIST_ELEM
/** NFT_TABLE_F_OWNER: the table belongs to the socket that made it, and goes with it. Linux 5.12 and later. */
const owned = 2;

/** One message of a transaction. */
export interface NftMessage {
  readonly type: number;
  readonly flags: number;
  readonly body: WriteBody;
}

/** The messages with the frame of a batch around them. */
export function inBatch(messages: readonly NftMessage[]): readonly NftMessage[] {
  const frame = (type: number): NftMessage => ({
    ...{ type, flags: 0 },
    body: (writer) => writer.word(quarters(0, 0, 0, subsystem)),
  });
  return [frame(batch.begin), ...messages, frame(batch.end)];
}

/** Makes the table; one that is there stays as it is. */
export function newTable(table: string, isOwned: boolean): NftMessage {
  return change(message.newTable, requestFlag.create, (writer) => {
    writeText(writer, 1, table);
    writeBigEndianU32(writer, 2, isOwned ? owned : 0);
  });
}

/** Removes the table with everything in it. */
export function removeTable(table: string): NftMessage {
  return change(message.removeTable, 0, (writer) => writeText(writer, 1, table));
}

/** A chain of type filter at a hook of the network stack (NF_INET_LOCAL_IN 1, NF_INET_LOCAL_OUT 3). */
export function newChain(table: string, chain: string, hook: number, priority: number): NftMessage {
  return change(message.newChain, requestFlag.create, (writer) => {
    writeText(writer, 1, table);
    writeText(writer, 3, chain);
    const start = beginNested(writer);
    writeBigEndianU32(writer, 1, hook);
    writeBigEndianU32(writer, 2, priority >>> 0);
    endNested(writer, start, 4);
    writeText(writer, 7, "filter");
  });
}

/** A set of values. `keyType` is what nft shows it as (7 ipv4_addr, 8 ipv6_addr); within a batch rules know it by `id`. */
export function newSet(table: string, set: string, id: number, keyType: number, keyLength: number): NftMessage {
  return change(message.newSet, requestFlag.create, (writer) => {
    writeText(writer, 1, table);
    writeText(writer, 2, set);
    writeBigEndianU32(writer, 3, 0);
    writeBigEndianU32(writer, 4, keyType);
    writeBigEndianU32(writer, 5, keyLength);
    writeBigEndianU32(writer, 10, id);
    if (keyType === nameType) writeBytes(writer, 13, hostOrder);
  });
}

/** nft's type of names of interfaces, and what it must be told to show them (NFTA_SET_USERDATA): that they are in the host's order. It is not the kernel's matter. */
const nameType = 41;
const hostOrder = Uint8Array.from([0, 4, ...new Uint8Array(new Uint32Array([1]).buffer)]);

/** Values for a set. */
export function newElements(table: string, set: string, id: number, values: readonly Uint8Array[]): NftMessage {
  return change(message.newElement, requestFlag.create, (writer) => {
    writeText(writer, 1, table);
    writeText(writer, 2, set);
    writeBigEndianU32(writer, 4, id);
    const list = beginNested(writer);
    for (const value of values) {
      const element = beginNested(writer);
      const key = beginNested(writer);
      writeBytes(writer, 1, value);
      endNested(writer, key, 1);
      endNested(writer, element, listElement);
    }
    endNested(writer, list, 3);
  });
}

/** A rule at the end of a chain. */
export function newRule(table: string, chain: string, expressions: readonly Expression[]): NftMessage {
  return change(message.newRule, requestFlag.create | append, (writer) => {
    writeText(writer, 1, table);
    writeText(writer, 2, chain);
    const list = beginNested(writer);
    for (const { name, write } of expressions) {
      const element = beginNested(writer);
      writeText(writer, 1, name);
      const data = beginNested(writer);
      write(writer);
      endNested(writer, data, 2);
      endNested(writer, element, listElement);
    }
    endNested(writer, list, 4);
  });
}

/** Asks, in a dump, for the rules of the table. */
export function rulesQuestion(table: string): { readonly type: number; readonly body: WriteBody } {
  const { type, body } = change(message.getRule, 0, (writer) => writeText(writer, 1, table));
  return { type, body };
}

/** Asks, in a dump, for the values of a set. */
export function elementsQuestion(table: string, set: string): { readonly type: number; readonly body: WriteBody } {
  const { type, body } = change(message.getElement, 0, (writer) => {
    writeText(writer, 1, table);
    writeText(writer, 2, set);
  });
  return { type, body };
}

/** The chain that a rule in a message belongs to; undefined when the message is about something else. */
export function readRuleChain(type: number, payload: Uint8Array): string | undefined {
  if (type !== typeOf(message.newRule)) return undefined;
  return new Attributes(payload, headerSize).text(2);
}

/** The values in a message about a set. The list's members all have the same type, so they are walked one by one. */
export function readElements(type: number, payload: Uint8Array): readonly Uint8Array[] {
  if (type !== typeOf(message.newElement)) return [];
  const list = new Attributes(payload, headerSize).bytes(3);
  if (list === undefined) return [];
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const values: Uint8Array[] = [];
  for (let at = 0; at + 4 <= list.length; ) {
    const length = view.getUint16(at, isLittleEndian);
    if (length < 4 || at + length > list.length) break;
    const value = new Attributes(list, at + 4, at + length).nested(1)?.bytes(1);
    if (value !== undefined) values.push(value.slice());
    at += (length + 3) & ~3;
  }
  return values;
}

/** One step of a rule. */
export interface Expression {
  readonly name: string;
  readonly write: (writer: WordWriter) => void;
}

const register = 1; // NFT_REG_1
const verdictRegister = 0; // NFT_REG_VERDICT

/** The packet's family (NFT_META_NFPROTO 15) or transport protocol (NFT_META_L4PROTO 16) is this. */
export function metaIs(key: 15 | 16, value: number): readonly Expression[] {
  const load = (writer: WordWriter) => {
    writeBigEndianU32(writer, 1, register);
    writeBigEndianU32(writer, 2, key);
  };
  return [{ name: "meta", write: load }, equals(new Uint8Array([value]))];
}

/** Loads the name of the link that a packet leaves by (NFT_META_OIFNAME). */
export function outgoingLink(): Expression {
  return {
    name: "meta",
    write: (writer) => {
      writeBigEndianU32(writer, 1, register);
      writeBigEndianU32(writer, 2, 7);
    },
  };
}

/** Loads bytes of the network header (base 1) or the transport header (base 2). */
export function loadBytes(base: 1 | 2, offset: number, length: number): Expression {
  return {
    name: "payload",
    write: (writer) => {
      writeBigEndianU32(writer, 1, register);
      writeBigEndianU32(writer, 2, base);
      writeBigEndianU32(writer, 3, offset);
      writeBigEndianU32(writer, 4, length);
    },
  };
}

/** What was loaded is in the set. */
export function isIn(set: string, id: number): Expression {
  return {
    name: "lookup",
    write: (writer) => {
      writeText(writer, 1, set);
      writeBigEndianU32(writer, 2, register);
      writeBigEndianU32(writer, 4, id);
    },
  };
}

/** What was loaded is between these two, both included (NFT_CMP_GTE 5, NFT_CMP_LTE 3). */
export function isBetween(low: Uint8Array, high: Uint8Array): readonly Expression[] {
  return [compare(5, low), compare(3, high)];
}

/** The end of a rule: NF_DROP 0, NF_ACCEPT 1. */
export function verdict(code: 0 | 1): Expression {
  return {
    name: "immediate",
    write: (writer) => {
      writeBigEndianU32(writer, 1, verdictRegister);
      const data = beginNested(writer);
      const inner = beginNested(writer);
      writeBigEndianU32(writer, 1, code);
      endNested(writer, inner, 2);
      endNested(writer, data, 2);
    },
  };
}

function equals(value: Uint8Array): Expression {
  return compare(0, value);
}

function compare(operator: number, value: Uint8Array): Expression {
  return {
    name: "cmp",
    write: (writer) => {
      writeBigEndianU32(writer, 1, register);
      writeBigEndianU32(writer, 2, operator);
      const data = beginNested(writer);
      writeBytes(writer, 1, value);
      endNested(writer, data, 3);
    },
  };
}

function change(kind: number, flags: number, write: WriteBody): NftMessage {
  return {
    type: typeOf(kind),
    flags,
    body: (writer) => {
      writer.word(quarters(family, 0, 0, 0));
      write(writer);
    },
  };
}

function typeOf(kind: number): number {
  return (subsystem << 8) | kind;
}

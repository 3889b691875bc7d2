// Rules of nftables read back, step by step (linux/netfilter/nf_tables.h): what each step does in words, and the value that it compares or sets. The
// kernel stores rules as they were sent, so that one that was written can be told from one that somebody changed.

import { isLittleEndian } from "../byte-order.ts";
import { Attributes, beginNested, endNested, writeBigEndianU32, writeBytes } from "./attribute.ts";
import type { Expression } from "./nftables.ts";

const ruleMessage = (10 << 8) | 6; // NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE
const headerSize = 4; // struct nfgenmsg
const register = 1; // NFT_REG_1
const packetMark = 3; // NFT_META_MARK

/** One step of a rule: "meta 15", "cmp 5" with its value, "payload 1 16 4", "immediate" with its value, "set meta 3". */
export interface Step {
  readonly words: string;
  readonly value?: Uint8Array;
}

/** A rule as it was read. */
export interface ReadRule {
  readonly chain: string;
  readonly steps: readonly Step[];
}

/** Gives a packet a mark, which is in host order. */
export function setMark(mark: number): readonly Expression[] {
  return [
    {
      name: "immediate",
      write: (writer) => {
        writeBigEndianU32(writer, 1, register);
        const data = beginNested(writer);
        writeBytes(writer, 1, new Uint8Array(new Uint32Array([mark]).buffer));
        endNested(writer, data, 2);
      },
    },
    {
      name: "meta",
      write: (writer) => {
        writeBigEndianU32(writer, 2, packetMark);
        writeBigEndianU32(writer, 3, register);
      },
    },
  ];
}

/** The rule in a message; undefined when the message is about something else. */
export function readRule(type: number, payload: Uint8Array): ReadRule | undefined {
  if (type !== ruleMessage) return undefined;
  const rule = new Attributes(payload, headerSize);
  const chain = rule.text(2);
  const list = rule.bytes(4);
  return chain === undefined || list === undefined ? undefined : { chain, steps: [...stepsIn(list)] };
}

/** The members of the list all have the same type, so they are walked one by one. */
function* stepsIn(list: Uint8Array): Generator<Step> {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  for (let at = 0; at + 4 <= list.length; ) {
    const length = view.getUint16(at, isLittleEndian);
    if (length < 4 || at + length > list.length) return;
    yield stepOf(new Attributes(list, at + 4, at + length));
    at += (length + 3) & ~3;
  }
}

function stepOf(expression: Attributes): Step {
  const name = expression.text(1) ?? "";
  const data = expression.nested(2);
  const number = (attribute: number) => data?.bigEndianU32(attribute);
  switch (name) {
    case "meta":
      return { words: number(3) === undefined ? `meta ${number(2)}` : `set meta ${number(2)}` };
    case "cmp":
      return { words: `cmp ${number(2)}`, ...valueIn(data?.nested(3)) };
    case "payload":
      return { words: `payload ${number(2)} ${number(3)} ${number(4)}` };
    case "immediate":
      return { words: "immediate", ...valueIn(data?.nested(2)) };
    default:
      return { words: name };
  }
}

/** NFTA_DATA_VALUE. */
function valueIn(data: Attributes | undefined): Pick<Step, "value"> {
  const value = data?.bytes(1);
  return value === undefined ? {} : { value: value.slice() };
}

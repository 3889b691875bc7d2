// Netlink messages: the header that every request and reply begins with (struct nlmsghdr of linux/netlink.h), and the kernel's answers about
// success and failure (NLMSG_ERROR, NLMSG_DONE). Numbers are in host order, messages begin at multiples of four bytes.

import { isLittleEndian } from "../byte-order.ts";
import { Attributes } from "./attribute.ts";
import { halves, type WordWriter } from "./writer.ts";

/** The flags of a request (NLM_F_* of linux/netlink.h). */
export const requestFlag = {
  request: 0x1,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
} as const;

/** NLM_F_DUMP_INTR: what is dumped changed meanwhile, so the dump may lack or repeat objects. */
const dumpInterrupted = 0x10;
/** NLM_F_CAPPED: the acknowledgement holds the header of the request but not its payload. */
const capped = 0x100;
/** NLM_F_ACK_TLVS: attributes follow, among them the kernel's own words. */
const hasAttributes = 0x200;

/** The types below 16 that belong to netlink itself (NLMSG_*). */
const control = { noop: 1, error: 2, done: 3, overrun: 4 } as const;
/** NLMSGERR_ATTR_MSG: the kernel's own words about an error. */
const errorText = 1;

/** The size of struct nlmsghdr. */
const headerSize = 16;

/** A message as received. `payload` is what follows the header. */
export interface Message {
  readonly type: number;
  readonly sequence: number;
  readonly interrupted: boolean;
  readonly payload: Uint8Array;
  readonly answer: Answer | undefined;
}

/** The end of a transaction: acknowledged or dumped in full (errno 0), or refused with an errno and perhaps the kernel's own words. */
export interface Answer {
  readonly errno: number;
  readonly text?: string;
}

/** Begins a message and returns its place, for `endMessage`. */
export function beginMessage(writer: WordWriter, type: number, flags: number, sequence: number): number {
  const start = writer.claim(4);
  writer.words[start + 1] = halves(type, flags);
  writer.words[start + 2] = sequence;
  writer.words[start + 3] = 0;
  return start;
}

/** Ends the message that began at `start`: its length is known now. */
export function endMessage(writer: WordWriter, start: number): void {
  writer.words[start] = (writer.length - start) * 4;
}

/** Reads the messages of one datagram. What is cut off or has an impossible length ends the list; nothing throws. */
export function readMessages(datagram: Uint8Array): Message[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const messages: Message[] = [];
  for (let start = 0; start + headerSize <= datagram.length; ) {
    const length = view.getUint32(start, isLittleEndian);
    if (length < headerSize || start + length > datagram.length) break;
    messages.push(readMessage(view, datagram, start, start + length));
    start += (length + 3) & ~3;
  }
  return messages;
}

function readMessage(view: DataView, datagram: Uint8Array, start: number, end: number): Message {
  const type = view.getUint16(start + 4, isLittleEndian);
  const flags = view.getUint16(start + 6, isLittleEndian);
  const payload = datagram.subarray(start + headerSize, end);
  return {
    type,
    sequence: view.getUint32(start + 8, isLittleEndian),
    interrupted: (flags & dumpInterrupted) !== 0,
    payload,
    answer: readAnswer(type, flags, payload),
  };
}

function readAnswer(type: number, flags: number, payload: Uint8Array): Answer | undefined {
  if (type !== control.error && type !== control.done) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  // The kernel ends a dump of older kernels without a status; that is success.
  const errno = payload.length < 4 ? 0 : Math.abs(view.getInt32(0, isLittleEndian));
  const text =
    (flags & hasAttributes) === 0
      ? undefined
      : new Attributes(payload, attributesStart(type, flags, view)).text(errorText);
  return text === undefined ? { errno } : { errno, text };
}

/** Behind the errno of an error stands the request's header, and unless it is capped the whole request. */
function attributesStart(type: number, flags: number, view: DataView): number {
  if (type === control.done) return 4;
  const requestLength = (flags & capped) !== 0 || view.byteLength < 8 ? headerSize : view.getUint32(4, isLittleEndian);
  return 4 + ((requestLength + 3) & ~3);
}

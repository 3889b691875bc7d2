// A conversation with the kernel over one netlink socket, one transaction at a time, without waiting: the kernel carries out a request inside the
// system call that sends it, so the answers are there when it returns. Answers are matched by sequence number; what belongs to no request of
// this transaction (left over from one that was given up) is passed over.
//
// When the answers do not fit into the receive buffer the kernel drops them and says so (ENOBUFS). The requests were carried out all the same, with an
// outcome that nobody knows. That is its own outcome here, "overrun", and the caller looks again at what is.

import { codeOf } from "../../../base/errors.ts";
import { type IncomingMessage, type NativeSocket, openSocket } from "../native.ts";
import { netlinkAddress } from "../sockaddr.ts";
import { type Answer, beginMessage, endMessage, type Message, readMessages, requestFlag } from "./message.ts";
import { WordWriter } from "./writer.ts";

/** How a request or a dump ended. */
export type Outcome =
  | { readonly kind: "done"; readonly messages: readonly Message[] }
  | { readonly kind: "refused"; readonly answer: Answer }
  | { readonly kind: "overrun" };

/** How a batch ended: which of its requests, by their place, were refused. */
export type BatchOutcome =
  | { readonly kind: "done"; readonly refused: ReadonlyMap<number, Answer> }
  | { readonly kind: "overrun" };

/** The netlink protocols in use (linux/netlink.h). */
export const netlinkProtocol = { route: 0, generic: 16 } as const;

/** Writes what follows the header of a message. */
export type WriteBody = (writer: WordWriter) => void;

const family = 16; // AF_NETLINK
const socketRaw = 3; // SOCK_RAW
const solSocket = 1; // SOL_SOCKET
const buffers = { send: { force: 32, plain: 7 }, receive: { force: 33, plain: 8 } } as const; // SO_SNDBUFFORCE, SO_SNDBUF, ...
const solNetlink = 270; // SOL_NETLINK
const shortAnswers = 10; // NETLINK_CAP_ACK
const kernelText = 11; // NETLINK_EXT_ACK
const strictChecking = 12; // NETLINK_GET_STRICT_CHK
const ioTimeoutMs = 10_000;
const bufferSize = 8 << 20;
const dumpAttempts = 20;
const interruptedAnswer: Answer = { errno: 11, text: "what is to be read changes faster than it can be read" };

/** How many messages of which size one system call takes: many short answers, or a few datagrams of a dump (the kernel fills at most 32 KiB). */
const takeAnswers = { messages: 32, size: 4096 };
const takeDump = { messages: 4, size: 32_768 };

/** A netlink socket for transactions. Opening throws a NativeError when the kernel refuses. */
export class NetlinkConnection {
  readonly #socket: NativeSocket;
  readonly #writer = new WordWriter(16_384);
  #sequence = 0;

  /** `receiveBuffer` in bytes; the default holds the refusals of several thousand requests. */
  constructor(protocol: number, receiveBuffer = bufferSize) {
    this.#socket = openNetlinkSocket(protocol, receiveBuffer);
  }

  /** Lets the kernel filter dumps by what stands in their requests. Kernels before 4.20 give everything, as they do without. */
  filterDumps(): this {
    setIfKnown(this.#socket, strictChecking);
    return this;
  }

  /** One request with an acknowledgement. The messages are its replies, if it has any. */
  request(type: number, flags: number, writeBody: WriteBody): Outcome {
    const sequence = this.#send(type, requestFlag.request | requestFlag.ack | flags, writeBody);
    return this.#collect(sequence, takeAnswers);
  }

  /** Reads a whole table. One that changed while it was read is read again. */
  dump(type: number, writeBody: WriteBody): Outcome {
    for (let attempt = 0; attempt < dumpAttempts; attempt++) {
      const sequence = this.#send(type, requestFlag.request | requestFlag.dump, writeBody);
      const outcome = this.#collect(sequence, takeDump);
      if (outcome.kind !== "done" || !outcome.messages.some((message) => message.interrupted)) return outcome;
    }
    return { kind: "refused", answer: interruptedAnswer };
  }

  /** Many requests in one send. Only the last asks for an acknowledgement, which costs more than the request itself; refusals come back in any case. */
  batch<T>(
    type: number,
    flags: number,
    requests: readonly T[],
    writeBody: (writer: WordWriter, request: T) => void,
  ): BatchOutcome {
    if (requests.length === 0) return { kind: "done", refused: new Map() };
    this.#writer.reset();
    const first = (this.#sequence + 1) >>> 0;
    for (let place = 0; place < requests.length; place++) {
      const ack = place === requests.length - 1 ? requestFlag.ack : 0;
      const start = this.#begin(type, requestFlag.request | ack | flags);
      writeBody(this.#writer, requests[place] as T);
      endMessage(this.#writer, start);
    }
    this.#flush();
    return this.#collectRefusals(first, this.#sequence);
  }

  /** Messages of different types in one send, of which the last but one is acknowledged: a batch of nf_tables, which is carried out as a whole. The first
   * refusal counts. */
  transaction(
    messages: readonly { readonly type: number; readonly flags: number; readonly body: WriteBody }[],
  ): Outcome {
    this.#writer.reset();
    const first = (this.#sequence + 1) >>> 0;
    for (const [place, { type, flags, body }] of messages.entries()) {
      const ack = place === messages.length - 2 ? requestFlag.ack : 0;
      const start = this.#begin(type, requestFlag.request | ack | flags);
      body(this.#writer);
      endMessage(this.#writer, start);
    }
    this.#flush();
    return this.#collectFirst(first, this.#sequence);
  }

  close(): void {
    this.#socket.close();
  }

  #send(type: number, flags: number, writeBody: WriteBody): number {
    this.#writer.reset();
    const start = this.#begin(type, flags);
    writeBody(this.#writer);
    endMessage(this.#writer, start);
    this.#flush();
    return this.#sequence;
  }

  #begin(type: number, flags: number): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return beginMessage(this.#writer, type, flags, this.#sequence);
  }

  #flush(): void {
    this.#socket.send([{ data: this.#writer.written() }], 0);
  }

  #collect(sequence: number, take: typeof takeDump): Outcome {
    const messages: Message[] = [];
    for (;;) {
      const received = this.#receive(take);
      if (received === undefined) return { kind: "overrun" };
      for (const message of received) {
        if (message.sequence !== sequence) continue;
        if (message.answer === undefined) messages.push(message);
        else if (message.answer.errno !== 0) return { kind: "refused", answer: message.answer };
        else return { kind: "done", messages };
      }
    }
  }

  #collectFirst(first: number, last: number): Outcome {
    for (;;) {
      const received = this.#receive(takeAnswers);
      if (received === undefined) return { kind: "overrun" };
      const answers = received.filter(({ sequence }) => (sequence - first) >>> 0 <= (last - first) >>> 0);
      const refused = answers.find(({ answer }) => answer !== undefined && answer.errno !== 0)?.answer;
      if (refused !== undefined) return { kind: "refused", answer: refused };
      if (answers.some(({ answer }) => answer !== undefined)) return { kind: "done", messages: [] };
    }
  }

  #collectRefusals(first: number, last: number): BatchOutcome {
    const refused = new Map<number, Answer>();
    for (;;) {
      const received = this.#receive(takeAnswers);
      if (received === undefined) return { kind: "overrun" };
      for (const { sequence, answer } of received) {
        const place = (sequence - first) >>> 0;
        if (answer === undefined || place > (last - first) >>> 0) continue;
        if (answer.errno !== 0) refused.set(place, answer);
        if (sequence === last) return { kind: "done", refused };
      }
    }
  }

  /** What the kernel said; undefined when it says that something was lost, when it is silent, or when an answer did not fit. */
  #receive(take: typeof takeDump): readonly Message[] | undefined {
    const datagrams = this.#take(take, ioTimeoutMs);
    if (datagrams !== undefined && datagrams.length > 0 && !datagrams.some(({ truncated }) => truncated)) {
      return datagrams.flatMap(({ data }) => readMessages(data));
    }
    this.#discardWaiting();
    return undefined;
  }

  /** A full buffer makes the kernel drop the answers to the next request too. */
  #discardWaiting(): void {
    while (this.#take(takeAnswers, 0)?.length !== 0);
  }

  /** The next datagrams; undefined when the kernel says that some were lost. */
  #take({ messages, size }: typeof takeDump, timeoutMs: number): readonly IncomingMessage[] | undefined {
    try {
      return this.#socket.receive(messages, size, timeoutMs);
    } catch (error) {
      if (codeOf(error) !== "ENOBUFS") throw error;
      return undefined;
    }
  }
}

/** A netlink socket bound to a number of the kernel's choice, with large buffers, short answers and the kernel's own words in them. */
export function openNetlinkSocket(protocol: number, receiveBuffer = bufferSize): NativeSocket {
  const socket = openSocket(family, socketRaw, protocol);
  try {
    socket.bind(netlinkAddress());
    setBuffer(socket, buffers.send, bufferSize);
    setBuffer(socket, buffers.receive, receiveBuffer);
    for (const option of [shortAnswers, kernelText]) setIfKnown(socket, option);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Beyond the system's limit where the rights allow it, else up to the limit. */
function setBuffer(
  socket: NativeSocket,
  option: { readonly force: number; readonly plain: number },
  size: number,
): void {
  try {
    socket.setOption(solSocket, option.force, size);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    socket.setOption(solSocket, option.plain, size);
  }
}

/** Kernels before 4.12 have no texts, those before 4.3 no short answers; nothing depends on either. */
function setIfKnown(socket: NativeSocket, option: number): void {
  try {
    socket.setOption(solNetlink, option, 1);
  } catch (error) {
    if (codeOf(error) !== "ENOPROTOOPT") throw error;
  }
}

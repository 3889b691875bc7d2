import "./addon-under-test.ts";
import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, NativeError, NativeSocket } from "../../agent/kernel/linux/native.ts";
import { openSocket } from "../../agent/kernel/linux/native.ts";
import * as kernel from "./kernel-bytes.ts";
import { freshNamespace, namespaceTitle, whyNoNamespaces } from "./namespace.ts";

const opened: NativeSocket[] = [];
const roomy = { bufferSize: 65536, batch: 16, queueLimit: 1000 };

function open(family: number, type: number, protocol: number): NativeSocket {
  const socket = openSocket(family, type, protocol);
  opened.push(socket);
  return socket;
}

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

/** Everything that a reading has brought, and a way to wait for more. */
class Reading {
  readonly batches: IncomingMessage[][] = [];
  readonly errors: NativeError[] = [];
  dropped = 0;
  #changed = Promise.withResolvers<void>();

  constructor(socket: NativeSocket, options = roomy) {
    socket.startReading(
      options,
      (messages, dropped) => {
        this.batches.push(messages);
        this.dropped += dropped;
        this.#wake();
      },
      (error) => {
        this.errors.push(error);
        this.#wake();
      },
    );
  }

  get messages(): Uint8Array[] {
    return this.batches.flat().map(({ data }) => data);
  }

  async until(condition: (reading: this) => boolean): Promise<void> {
    while (!condition(this)) await this.#changed.promise;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function datagramPair(): [NativeSocket, NativeSocket] {
  const name = kernel.unixAddress(`@vipward-native-${process.pid}`);
  const receiver = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
  receiver.bind(name);
  const sender = open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
  sender.connect(name);
  return [receiver, sender];
}

/** A UDP socket on the loopback interface that sends to itself, with the smallest receive buffer. */
function tightSocket(): NativeSocket {
  const socket = open(kernel.AF_INET, kernel.SOCK_DGRAM, 0);
  socket.setOption(kernel.SOL_SOCKET, kernel.SO_RCVBUF, 1);
  socket.bind(kernel.inetAddress("127.0.0.1"));
  socket.connect(socket.localAddress());
  return socket;
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ data: kernel.int32(index) }));

describe("reading", () => {
  test("brings messages in order, before and after a pause", async () => {
    const [receiver, sender] = datagramPair();
    const first = new Reading(receiver);
    sender.send(numbered(3), 0);
    await first.until(({ messages }) => messages.length === 3);
    receiver.stopReading();
    const second = new Reading(receiver);
    sender.send(numbered(2), 0);
    await second.until(({ messages }) => messages.length === 2);
    expect([first.messages, second.messages]).toEqual(
      [numbered(3), numbered(2)].map((sent) => sent.map((m) => m.data)),
    );
  });

  test("is refused twice, and makes the waiting kind of receive refuse too", () => {
    const [receiver] = datagramPair();
    new Reading(receiver);
    expect(() => new Reading(receiver)).toThrow("startReading: EALREADY");
    expect(() => receiver.receive(1, 1, 0)).toThrow("recvmsg: EBUSY");
  });

  test("brings nothing after the socket was closed, although messages were waiting", async () => {
    const [receiver, sender] = datagramPair();
    const reading = new Reading(receiver);
    const fence = tightSocket();
    const fenceReading = new Reading(fence);
    sender.send(numbered(5), 0);
    fence.send(numbered(1), 0);
    waitForReaderThread();
    receiver.close();
    await fenceReading.until(({ messages }) => messages.length === 1);
    expect(reading.batches).toEqual([]);
  });

  test("brings nothing to a socket that another one's callback has closed", async () => {
    const sockets = [tightSocket(), tightSocket()];
    const heard: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    sockets.forEach((socket, index) => {
      const onMessages = () => {
        heard.push(index);
        for (const each of sockets) each.close();
        setImmediate(resolve);
      };
      socket.startReading(roomy, onMessages, () => undefined);
    });
    for (const socket of sockets) socket.send(numbered(1), 0);
    waitForReaderThread();
    await promise;
    expect(heard.length).toBe(1);
  });

  test("tells of an error after the messages that came before it, and goes on", async () => {
    const [receiver, peer] = [open(kernel.AF_INET, kernel.SOCK_DGRAM, 0), open(kernel.AF_INET, kernel.SOCK_DGRAM, 0)];
    for (const socket of [receiver, peer]) socket.bind(kernel.inetAddress("127.0.0.1"));
    receiver.connect(peer.localAddress());
    const told: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const onMessages = (messages: IncomingMessage[]) => {
      told.push(...messages.map(({ data }) => kernel.text(data)));
      if (told.includes("again")) resolve();
    };
    const onError = (error: NativeError) => void told.push(error.code);
    receiver.startReading(roomy, onMessages, onError);
    const [address, peerAddress] = [receiver.localAddress(), peer.localAddress()];
    peer.send([{ data: kernel.bytes("one"), address }], 0);
    waitForReaderThread();
    peer.close();
    receiver.send([{ data: kernel.bytes("nobody listens") }], 0);
    waitForReaderThread();
    const successor = open(kernel.AF_INET, kernel.SOCK_DGRAM, 0);
    successor.bind(peerAddress);
    successor.send([{ data: kernel.bytes("again"), address }], 0);
    await promise;
    expect(told).toEqual(["one", "ECONNREFUSED", "again"]);
  });

  test("may be ended by its own callback", async () => {
    const [receiver, sender] = datagramPair();
    const { promise, resolve } = Promise.withResolvers<number>();
    const close = (messages: IncomingMessage[]) => {
      receiver.close();
      resolve(messages.length);
    };
    receiver.startReading({ ...roomy, queueLimit: 1 }, close, () => undefined);
    sender.send(numbered(3), 0);
    expect(await promise).toBe(1);
  });

  test("goes on when nobody refers to the socket any more", async () => {
    const name = kernel.unixAddress(`@vipward-native-dropped-${process.pid}`);
    const { promise, resolve } = Promise.withResolvers<string>();
    (() => {
      const receiver = openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0);
      receiver.bind(name);
      const take = ([message]: IncomingMessage[]) => {
        receiver.close();
        resolve(kernel.text(message?.data ?? new Uint8Array()));
      };
      receiver.startReading(roomy, take, () => undefined);
    })();
    for (let round = 0; round < 5; round++) Bun.gc(true);
    open(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0).send([{ data: kernel.bytes("still here"), address: name }], 0);
    expect(await promise).toBe("still here");
  });

  test("of a stream ends with one empty message", async () => {
    const path = `\0vipward-native-stream-${process.pid}`;
    const greet = (peer: { end(text: string): unknown }) => void peer.end("bye");
    using _server = Bun.listen({ unix: path, socket: { open: greet, data: () => undefined } });
    const socket = open(kernel.AF_UNIX, kernel.SOCK_STREAM, 0);
    socket.connect(kernel.unixAddress(path.replace("\0", "@")));
    const reading = new Reading(socket);
    await reading.until(({ messages }) => messages.at(-1)?.length === 0);
    const busy = await readerThreadTimeDuring(() => Bun.sleep(50));
    expect(reading.messages.map(kernel.text)).toEqual(["bye", ""]);
    expect(busy).toBeLessThan(10);
  });
});

describe("a flood", () => {
  test("fills the queue to its bound, and what the kernel then dropped is counted", async () => {
    const socket = tightSocket();
    const reading = new Reading(socket, { ...roomy, queueLimit: 4 });
    expect(socket.send(numbered(300), 0)).toBe(300);
    await reading.until(({ messages, dropped }) => messages.length + dropped === 300);
    expect(Math.max(...reading.batches.map((batch) => batch.length))).toBeLessThanOrEqual(4);
    expect(reading.dropped).toBeGreaterThan(0);
    const numbers = reading.messages.map((data) => new DataView(data.buffer).getInt32(0, true));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(reading.errors).toEqual([]);
  });

  test("does not keep the reader thread busy while JavaScript is", async () => {
    const socket = tightSocket();
    const reading = new Reading(socket, { ...roomy, queueLimit: 4 });
    const busy = await readerThreadTimeDuring(async () => {
      const end = performance.now() + 100;
      while (performance.now() < end) socket.send(numbered(10), 0);
    });
    expect(busy).toBeLessThan(20);
    await reading.until(({ dropped }) => dropped > 0);
  });
});

describe.skipIf(whyNoNamespaces !== undefined)(namespaceTitle("rtnetlink"), () => {
  function subscribe(): NativeSocket {
    const socket = open(kernel.AF_NETLINK, kernel.SOCK_RAW, kernel.NETLINK_ROUTE);
    // Without a port of its own the socket would count as the kernel's, which does not hear itself.
    socket.bind(kernel.netlinkAddress());
    socket.setOption(kernel.SOL_NETLINK, kernel.NETLINK_ADD_MEMBERSHIP, kernel.RTNLGRP_LINK);
    return socket;
  }

  const namesIn = (messages: Uint8Array[]) =>
    messages
      .flatMap(kernel.netlinkMessages)
      .filter(({ type }) => type === kernel.RTM_NEWLINK)
      .map(({ payload }) => kernel.text(payload.subarray(20, payload.indexOf(0, 20))));

  test("a link that is created in the socket's namespace is heard of", async () => {
    using namespace = freshNamespace();
    const socket = namespace.inside(subscribe);
    const reading = new Reading(socket);
    namespace.ip("link", "add", "left", "type", "veth", "peer", "name", "right");
    await reading.until(({ messages }) => namesIn(messages).includes("left"));
    expect(namesIn(reading.messages)).toContain("right");
    socket.close();
  });

  test("an overrun is reported as ENOBUFS, and the reading goes on", async () => {
    using namespace = freshNamespace();
    const socket = namespace.inside(subscribe);
    socket.setOption(kernel.SOL_SOCKET, kernel.SO_RCVBUF, 1);
    const reading = new Reading(socket, { ...roomy, batch: 1, queueLimit: 1 });
    for (let index = 0; index < 5; index++) {
      namespace.ip("link", "add", `left${index}`, "type", "veth", "peer", "name", `right${index}`);
    }
    await reading.until(({ errors }) => errors.length > 0);
    expect(reading.errors[0]).toMatchObject({ code: "ENOBUFS", errno: 105, syscall: "recvmsg" });
    const before = reading.messages.length;
    namespace.ip("link", "set", "left0", "up");
    await reading.until(({ messages }) => messages.length > before);
    expect(reading.dropped).toBeGreaterThan(0);
    socket.close();
  });
});

/** Milliseconds of processor time that the reader thread used meanwhile. */
async function readerThreadTimeDuring(run: () => Promise<void>): Promise<number> {
  const before = readerThreadTime();
  await run();
  return readerThreadTime() - before;
}

function readerThreadTime(): number {
  const task = readerThreadTask();
  return Number(readFileSync(`/proc/self/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function readerThreadTask(): string {
  const isReader = (task: string) => readFileSync(`/proc/self/task/${task}/comm`, "utf8") === "vipward-reader\n";
  const task = readdirSync("/proc/self/task").find(isReader);
  if (task === undefined) throw new Error("the reader thread does not run");
  return task;
}

/** Waits, without letting JavaScript's events in, until the reader thread has nothing more to do. */
function waitForReaderThread(): void {
  const state = () => /State:\s+(\w)/.exec(readFileSync(`/proc/self/task/${readerThreadTask()}/status`, "utf8"))?.[1];
  do Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  while (state() !== "S");
}

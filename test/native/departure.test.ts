// Messages that the reader thread sends at a time, while JavaScript's thread is busy: here it only burns time until they must have left.

import "./addon-under-test.ts";
import { afterEach, describe, expect, test } from "bun:test";
import { clock, type NativeSocket, openSocket } from "../../agent/kernel/linux/native.ts";
import * as kernel from "./kernel-bytes.ts";

const opened: NativeSocket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

let pairs = 0;

/** A sender that is connected to a receiver. */
function pair() {
  const name = kernel.unixAddress(`@vipward-departure-${process.pid}-${pairs++}`);
  const [receiver, sender] = [0, 1].map(() => openSocket(kernel.AF_UNIX, kernel.SOCK_DGRAM, 0));
  if (receiver === undefined || sender === undefined) throw new Error("unreachable");
  opened.push(receiver, sender);
  receiver.bind(name);
  sender.connect(name);
  const received = (timeout = 0) => receiver.receive(16, 100, timeout).map(({ data }) => kernel.text(data));
  return { receiver, sender, received };
}

const saying = (...words: string[]) => words.map((word) => ({ data: kernel.bytes(word) }));

const now = () => clock("monotonic");

function holdUpUntil(monotonicMs: number): void {
  while (now() < monotonicMs);
}

describe("messages that leave at a time", () => {
  test("leave then, in their order, though JavaScript's thread does something else", () => {
    const { sender, received } = pair();
    const at = now() + 20;
    sender.sendAt(saying("one", "two"), 0, at, at + 1000);
    expect(received()).toEqual([]);
    holdUpUntil(at);
    expect(received(1000)[0]).toBe("one");
    const left = sender.takeBack();
    expect(left?.count).toBe(2);
    expect(left?.at).toBeGreaterThanOrEqual(at);
    expect(sender.takeBack()).toBeUndefined();
  });

  test("are copies: what becomes of the bytes afterwards does not matter", () => {
    const { sender, received } = pair();
    const messages = saying("before");
    sender.sendAt(messages, 0, now() + 5, now() + 1000);
    for (const { data } of messages) data.fill(0);
    expect(received(1000)).toEqual(["before"]);
  });

  test("do not leave once they were taken back, nor those that others took the place of", () => {
    const { sender, received } = pair();
    sender.sendAt(saying("taken back"), 0, now() + 5, now() + 1000);
    expect(sender.takeBack()).toBeUndefined();
    sender.sendAt(saying("replaced"), 0, now() + 5, now() + 1000);
    sender.sendAt(saying("last"), 0, now() + 20, now() + 1000);
    expect(received(1000)).toEqual(["last"]);
    holdUpUntil(now() + 10);
    expect([received(), sender.takeBack()?.count]).toEqual([[], 1]);
  });

  test("leave when the same is set again for the same time, after it was taken back", () => {
    const { sender, received } = pair();
    const at = now() + 20;
    for (let round = 0; round < 5; round += 1) {
      sender.sendAt(saying("again"), 0, at, at + 1000);
      expect(sender.takeBack()).toBeUndefined();
    }
    sender.sendAt(saying("again"), 0, at, at + 1000);
    expect(received(1000)).toEqual(["again"]);
    // The time is over: the same time set once more is at once.
    sender.sendAt(saying("late"), 0, at, at + 1000);
    expect(received(1000)).toEqual(["late"]);
  });

  test("stay when it is too late", () => {
    const { sender, received } = pair();
    sender.sendAt(saying("too late"), 0, now() - 20, now() - 10);
    sender.sendAt(saying("too late"), 0, now() - 20, now() - 10);
    holdUpUntil(now() + 10);
    expect([received(), sender.takeBack()]).toEqual([[], undefined]);
  });

  test("count as far as they have left: what is refused stays, and what is behind it", () => {
    const { sender, received } = pair();
    const [one, three] = saying("one", "three") as [{ data: Uint8Array }, { data: Uint8Array }];
    const astray = { data: kernel.bytes("two"), address: kernel.unixAddress("@vipward-nobody-listens-here") };
    const at = now() + 5;
    sender.sendAt([one, astray, three], 0, at, at + 1000);
    expect(received(1000)).toEqual(["one"]);
    holdUpUntil(at + 10);
    expect([sender.takeBack()?.count, received()]).toEqual([1, []]);
  });

  test("count as not left when all are refused", () => {
    const { receiver, sender } = pair();
    receiver.close();
    const at = now() + 5;
    sender.sendAt(saying("one"), 0, at, at + 1000);
    holdUpUntil(at + 10);
    expect(sender.takeBack()).toBeUndefined();
  });

  test("stay when their socket was closed", () => {
    const { sender, received } = pair();
    sender.sendAt(saying("closed"), 0, now() + 5, now() + 1000);
    sender.close();
    expect(() => sender.sendAt(saying("closed"), 0, now(), now() + 1000)).toThrow("EBADF");
    holdUpUntil(now() + 15);
    expect([received(), sender.takeBack()]).toEqual([[], undefined]);
  });

  test("are as many as there are, over and over", () => {
    const { sender, received } = pair();
    let heard = 0;
    for (let round = 0; round < 200; round += 1) {
      const at = now() + 0.2;
      sender.sendAt(saying("a", "b", "c"), 0, at, at + 1000);
      while (received(1000).length === 0);
      heard += sender.takeBack()?.count ?? 0;
      received();
    }
    expect(heard).toBe(600);
  });

  test("stay while something is unread that has come to the other socket, and leave when it has been heard", async () => {
    const { sender, received } = pair();
    const other = pair();
    const heard: string[] = [];
    let onHeard = () => {};
    const reading = { bufferSize: 100, batch: 8, queueLimit: 8 };
    const deliver = (messages: readonly { readonly data: Uint8Array }[]) => {
      heard.push(...messages.map(({ data }) => kernel.text(data)));
      onHeard();
    };
    other.receiver.startReading(reading, deliver, () => {});
    const sendUnlessUnread = (word: string) => {
      const at = now() + 5;
      sender.sendAt(saying(word), 0, at, at + 60_000, other.receiver);
      holdUpUntil(at + 10);
    };
    // Nothing has come.
    sendUnlessUnread("first");
    expect([received(1000), sender.takeBack()?.count]).toEqual([["first"], 1]);
    // It waits: the reader thread has it, and JavaScript's thread has not.
    other.sender.send(saying("hello"), 0);
    sendUnlessUnread("too early");
    expect([heard, received(), sender.takeBack()]).toEqual([[], [], undefined]);
    // It is being heard.
    await new Promise<void>((resolve) => {
      onHeard = () => {
        sendUnlessUnread("too early");
        resolve();
      };
    });
    expect([heard, received(), sender.takeBack()]).toEqual([["hello"], [], undefined]);
    // It has been heard.
    sendUnlessUnread("second");
    expect([received(1000), sender.takeBack()?.count]).toEqual([["second"], 1]);
    // Nobody can tell any more.
    const at = now() + 20;
    sender.sendAt(saying("never"), 0, at, at + 60_000, other.receiver);
    other.receiver.close();
    holdUpUntil(at + 10);
    expect([received(), sender.takeBack()]).toEqual([[], undefined]);
  });

  test("arguments of another kind are refused by name", () => {
    const { sender } = pair();
    const sendAt = sender.sendAt.bind(sender) as (...given: unknown[]) => void;
    expect(() => sendAt("x", 0, 1, 2)).toThrow("messages must be an array");
    expect(() => sendAt([], 0, Number.NaN, 2)).toThrow("atMs must be a number");
    expect(() => sendAt([], 0, 1, "2")).toThrow("latestMs must be a number");
    for (const unread of [null, {}, 7, sender])
      expect(() => sendAt([], 0, 1, 2, unread)).toThrow("unlessUnread must be a socket that is being read");
    expect(() => sendAt([{ data: 1 }], 0, 1, 2)).toThrow("data must be");
  });
});

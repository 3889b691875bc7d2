import { expect, test } from "bun:test";
import { isLittleEndian } from "../byte-order.ts";
import { listenMessage, readProcessEvent } from "./connector.ts";

/** An event as the kernel writes it: netlink header, cn_msg, what, cpu, time, and these words. */
function datagram(what: number, ...words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(76);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, isLittleEndian);
  view.setUint16(4, 3, isLittleEndian);
  view.setUint32(16, 1, isLittleEndian);
  view.setUint32(20, 1, isLittleEndian);
  view.setUint32(36, what, isLittleEndian);
  for (const [place, word] of words.entries()) view.setUint32(52 + place * 4, word, isLittleEndian);
  return bytes;
}

test.each([
  ["the answer to the wish to listen", datagram(0, 0), { kind: "listening" }],
  ["a fork", datagram(1, 700, 701, 900, 900), { kind: "forked", pid: 900, parent: 701 }],
  ["a new thread, which is no process", datagram(1, 700, 701, 901, 900), undefined],
  ["an execution", datagram(2, 900, 900), { kind: "changed", pid: 900 }],
  ["a new name of a thread, which counts for its process", datagram(0x200, 901, 900), { kind: "changed", pid: 900 }],
  ["an end", datagram(0x80000000, 900, 900), { kind: "ended", pid: 900 }],
  ["the end of a thread", datagram(0x80000000, 901, 900), undefined],
  ["a change of users", datagram(4, 900, 900), undefined],
  ["nothing whole", datagram(1, 1, 1, 1, 1).subarray(0, 40), undefined],
] as const)("%s", (_, bytes, expected) => expect(readProcessEvent(bytes)).toEqual(expected as never));

test("whoever wishes to listen says so in 40 bytes", () => {
  const bytes = listenMessage(77);
  const view = new DataView(bytes.buffer);
  const word = (place: number) => view.getUint32(place, isLittleEndian);
  expect([bytes.length, word(0), word(12), word(16), word(20), word(36)]).toEqual([40, 40, 77, 1, 1, 1]);
});

test("no datagram makes it throw", () => {
  for (let length = 0; length < 80; length += 1) readProcessEvent(crypto.getRandomValues(new Uint8Array(length)));
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { beginMessage, endMessage, readMessages, requestFlag } from "./message.ts";
import { WordWriter } from "./writer.ts";

describe("netlink messages", () => {
  test("a request begins with length, type, flags, sequence and port, and is padded to four bytes", () => {
    const writer = new WordWriter(4);
    const start = beginMessage(writer, 0x14, requestFlag.request | requestFlag.ack, 7);
    writer.bytes(new Uint8Array([0xab]));
    endMessage(writer, start);
    expect(hexOf(writer.written())).toBe("14000000 1400 0500 07000000 00000000 ab000000");
  });

  test("flags are those of linux/netlink.h", () => {
    expect(requestFlag).toEqual({ request: 1, ack: 4, dump: 0x300, replace: 0x100, exclusive: 0x200, create: 0x400 });
  });

  // As Linux 7.2 answers to an IPv4 address on an interface that is not there.
  const refusal =
    "400000000200000307000000a0d75ba6edffffff380000001400050507000000000000001b000100697076343a20446576696365206e6f7420666f756e640000";

  test("a refusal tells errno and the kernel's own words", () => {
    const [message, ...others] = readMessages(bytesOf(refusal));
    expect(others).toEqual([]);
    expect(message).toMatchObject({ type: 2, sequence: 7, answer: { errno: 19, text: "ipv4: Device not found" } });
  });

  test("a refusal of a kernel that sends the whole request back has its words behind the request", () => {
    const request = "18000000 1600 0105 07000000 00000000 aabbccdd eeff0011";
    const answer = bytesOf(
      `38000000 0200 0002 07000000 00000000 edffffff ${request} 0c000100 6e6f7065 00000000`.replaceAll(" ", ""),
    );
    expect(readMessages(answer)[0]?.answer).toEqual({ errno: 19, text: "nope" });
  });

  test("an acknowledgement is errno 0, and so is the end of a dump", () => {
    const acknowledged = bytesOf("24000000020000010700000000000000 00000000 10000000140005050700000000000000");
    expect(readMessages(acknowledged)[0]?.answer).toEqual({ errno: 0 });
    // As Linux 7.2 ends a dump.
    const done = bytesOf("140000000300020007000000a0d75ba600000000");
    expect(readMessages(done)[0]?.answer).toEqual({ errno: 0 });
    expect(readMessages(bytesOf("10000000030002000700000000000000"))[0]?.answer).toEqual({ errno: 0 });
  });

  test("a dump that fails ends with an errno", () => {
    expect(readMessages(bytesOf("14000000 0300 0200 07000000 00000000 fdffffff"))[0]?.answer).toEqual({ errno: 3 });
  });

  test("a dump that was interrupted says so", () => {
    expect(readMessages(bytesOf("10000000 1400 1200 07000000 00000000"))[0]?.interrupted).toBe(true);
    expect(readMessages(bytesOf("10000000 1400 0200 07000000 00000000"))[0]?.interrupted).toBe(false);
  });

  test("several messages stand in one datagram, each at a multiple of four bytes", () => {
    const datagram = bytesOf("11000000 1400 0200 07000000 00000000 ab000000 10000000 0300 0200 08000000 00000000");
    expect(readMessages(datagram).map(({ type, sequence, payload }) => [type, sequence, hexOf(payload)])).toEqual([
      [0x14, 7, "ab"],
      [3, 8, ""],
    ]);
  });

  test("what is cut off, or has an impossible length, ends the list", () => {
    const whole = "10000000 1400 0200 07000000 00000000";
    for (const rest of [
      "11000000 1400 0200 07000000 00000000",
      "0f000000 1400 0200 07000000 00000000",
      "10000000 1400",
    ]) {
      expect(readMessages(bytesOf(whole + rest)).length).toBe(1);
    }
  });

  test("whatever comes, reading it does not throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (datagram) => void readMessages(datagram)));
    const answers = fc.tuple(fc.constantFrom(2, 3), fc.uint8Array({ maxLength: 60 })).map(([type, body]) => {
      const writer = new WordWriter();
      const start = beginMessage(writer, type, 0x300, 1);
      writer.bytes(body);
      endMessage(writer, start);
      return writer.written().slice();
    });
    fc.assert(fc.property(answers, (datagram) => void readMessages(datagram)));
  });
});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

/** The numbers are those of a machine that keeps the low byte first, as are all that we build for. */
function hexOf(bytes: Uint8Array): string {
  const hex = bytes.toHex();
  return hex.length !== 40
    ? hex
    : [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 24), hex.slice(24, 32), hex.slice(32)].join(
        " ",
      );
}

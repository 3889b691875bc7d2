import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../base/address.ts";
import { instant } from "../../base/duration.ts";
import { writeControl } from "./ancillary.ts";
import { internetAddress } from "./sockaddr.ts";
import { readDatagram, writeDatagram } from "./vrrp-datagram.ts";

const at = instant(5);
const none = new Uint8Array();
const plain = { address: none, control: none, truncated: false };

describe("a received datagram", () => {
  // An IPv4 header by RFC 791: 24 bytes of packet behind 20 bytes of header, class 0xc0, time to live 255, protocol 112.
  const header = "45c0002c12340000ff70 0000 0a090001 e0000012".replaceAll(" ", "");

  test("of ipv4 has its facts in the header before it", () => {
    const data = Uint8Array.fromHex(`${header}31016401`);
    expect(readDatagram("ipv4", { ...plain, data }, at)).toEqual({
      source: ip("10.9.0.1"),
      destination: ip("224.0.0.18"),
      timeToLive: 255,
      payload: Uint8Array.fromHex("31016401"),
      receivedAt: at,
    });
  });

  test("of ipv4 may have options, which are part of the header", () => {
    const data = Uint8Array.fromHex(`46${header.slice(2)}01010100${"31016401"}`);
    expect(readDatagram("ipv4", { ...plain, data }, at)?.payload.toHex()).toBe("31016401");
  });

  test("of ipv4 is unreadable with a header that is too short or longer than what came", () => {
    for (const hex of ["", header.slice(0, 38), `44${header.slice(2)}`, `46${header.slice(2)}`]) {
      expect(readDatagram("ipv4", { ...plain, data: Uint8Array.fromHex(hex) }, at)).toBeUndefined();
    }
  });

  const group = Uint8Array.fromHex("ff020000000000000000000000000012");
  const hopLimit = writeControl({ level: 41, type: 52, data: new Uint8Array([254, 0, 0, 0]) });
  const packetInfo = writeControl({ level: 41, type: 50, data: Buffer.concat([group, new Uint8Array([2, 0, 0, 0])]) });
  const data = Uint8Array.fromHex("31016401");
  const address = internetAddress(ip("fe80::1"), 0, 2);

  test("of ipv6 has its facts in the sender's address and the control records", () => {
    expect(
      readDatagram("ipv6", { ...plain, data, address, control: Buffer.concat([hopLimit, packetInfo]) }, at),
    ).toEqual({
      source: ip("fe80::1"),
      destination: ip("ff02::12"),
      timeToLive: 254,
      payload: data,
      receivedAt: at,
    });
  });

  test("of ipv6 is unreadable without one of them", () => {
    for (const control of [none, hopLimit, packetInfo])
      expect(readDatagram("ipv6", { ...plain, data, address, control }, at)).toBeUndefined();
    expect(
      readDatagram("ipv6", { ...plain, data, control: Buffer.concat([hopLimit, packetInfo]) }, at),
    ).toBeUndefined();
  });

  test("may be anything: reading it does not throw", () => {
    const some = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom("ipv4", "ipv6"), some, some, some, (family, first, second, third) => {
        readDatagram(family, { data: first, address: second, control: third, truncated: false }, at);
      }),
    );
  });
});

describe("a datagram to send", () => {
  const payload = Uint8Array.fromHex("31016401");

  test("of ipv4 has its source and interface in struct in_pktinfo", () => {
    const message = writeDatagram({ source: ip("10.9.0.1"), destination: ip("224.0.0.18"), payload }, 2);
    expect(message.address?.toHex()).toBe("02000000e00000120000000000000000");
    expect(message.control?.toHex()).toBe(
      "1c00000000000000" + "0000000008000000" + "020000000a090001" + "0000000000000000",
    );
  });

  test("of ipv6 has its source and interface in struct in6_pktinfo, and the group is that interface's", () => {
    const message = writeDatagram({ source: ip("fe80::1"), destination: ip("ff02::12"), payload }, 2);
    expect(message.address?.toHex()).toBe(`0a00000000000000${"ff020000000000000000000000000012"}02000000`);
    expect(message.control?.toHex()).toBe(
      `2400000000000000${"2900000032000000"}fe800000000000000000000000000001${"02000000"}00000000`,
    );
  });
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  addressBytes,
  addressFromBytes,
  compareAddresses,
  ip,
  isMulticast,
  parseAddress,
  parseInterfaceAddress,
} from "./address.ts";

test("addresses are read into their canonical text", () => {
  const read = [
    "10.0.0.1",
    "0.0.0.0",
    "::",
    "::1",
    "2001:DB8:0:0:1:0:0:1",
    "fe80::0:1",
    "::ffff:10.0.0.1",
    "1:0:0:2:0:0:0:3",
  ];
  expect(read.map(parseAddress).map(String)).toEqual([
    "10.0.0.1",
    "0.0.0.0",
    "::",
    "::1",
    "2001:db8::1:0:0:1",
    "fe80::1",
    "::ffff:a00:1",
    "1:0:0:2::3",
  ]);
});

test("what only looks like an address is none", () => {
  const wrong = [
    "",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.01",
    "1.2.3.4.5",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    ":1",
    "1:2:3:4:5:6:7::8",
    "g::",
  ];
  expect(wrong.filter((text) => parseAddress(text) !== undefined)).toEqual([]);
});

test("bytes and text mean the same address", () => {
  const lengths = fc.constantFrom(4, 16).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  fc.assert(
    fc.property(lengths, (bytes) => {
      const address = addressFromBytes(bytes);
      expect(address !== undefined && addressBytes(address)).toEqual(bytes);
      expect(parseAddress(String(address))).toBe(address);
    }),
  );
});

test("addresses compare as unsigned numbers in network order", () => {
  expect(compareAddresses(ip("10.0.0.2"), ip("10.0.0.10"))).toBeLessThan(0);
  expect(compareAddresses(ip("200.0.0.1"), ip("100.0.0.9"))).toBeGreaterThan(0);
  expect(compareAddresses(ip("10.0.0.2"), ip("10.0.0.2"))).toBe(0);
  expect(compareAddresses(ip("fe80::9"), ip("fe80::a"))).toBeLessThan(0);
});

test("a missing prefix length means one host", () => {
  expect(parseInterfaceAddress("10.0.0.1")).toEqual({ address: ip("10.0.0.1"), prefixLength: 32 });
  expect(parseInterfaceAddress("fd00::1")).toEqual({ address: ip("fd00::1"), prefixLength: 128 });
  expect(parseInterfaceAddress("10.0.0.1/24")).toEqual({ address: ip("10.0.0.1"), prefixLength: 24 });
  expect(
    ["10.0.0.1/33", "10.0.0.1/", "10.0.0.1/a", "10.0.0.1/24/24", "fd00::1/129"].map(parseInterfaceAddress),
  ).toEqual(new Array(5).fill(undefined));
});

test("multicast groups are told from hosts", () => {
  expect(["224.0.0.18", "239.1.1.1", "ff02::12", "223.0.0.1", "240.0.0.1", "fe80::1"].map(ip).map(isMulticast)).toEqual(
    [true, true, true, false, false, false],
  );
});

import { expect, test } from "bun:test";
import { internetChecksum, onesComplementSum } from "./checksum.ts";

test("the checksum of RFC 1071's example is its published sum's complement", () => {
  const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(onesComplementSum(example)).toBe(0xddf2);
  expect(internetChecksum(example)).toBe(0x220d);
});

test("bytes with their checksum sum up to all ones, also when their number is odd", () => {
  const odd = Uint8Array.of(0x21, 0x33, 0x64, 0x01, 0x99);
  const sum = internetChecksum(odd);
  expect(onesComplementSum(Uint8Array.of(...odd, 0, sum >> 8, sum & 0xff))).toBe(0xffff);
});

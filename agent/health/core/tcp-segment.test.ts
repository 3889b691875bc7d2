import { expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../base/address.ts";
import { internetChecksum } from "../../base/checksum.ts";
import { readSegment, resetPacket, synPacket, tcpFlags } from "./tcp-segment.ts";

const ipv4 = { source: ip("10.9.0.1"), sourcePort: 40_000, target: ip("10.9.0.100"), targetPort: 80 };
const ipv6 = { ...ipv4, source: ip("fd00::1"), target: ip("fd00::100") };

test("what is written is read back, of both families", () => {
  for (const ends of [ipv4, ipv6]) {
    expect(readSegment(synPacket(ends, 0xfffffff0))).toEqual({ ...ends, flags: tcpFlags.syn, acknowledged: 0 });
    expect(readSegment(resetPacket(ends, 7))).toEqual({ ...ends, flags: tcpFlags.reset, acknowledged: 0 });
  }
});

test("the checksums of header and segment are right", () => {
  const packet = synPacket(ipv4, 1);
  expect(internetChecksum(packet.subarray(0, 20))).toBe(0);
  const pseudoHeader = [...packet.subarray(12, 20), 0, 6, 0, packet.length - 20];
  expect(internetChecksum(Uint8Array.from([...pseudoHeader, ...packet.subarray(20)]))).toBe(0);
  const packet6 = synPacket(ipv6, 1);
  const pseudoHeader6 = [...packet6.subarray(8, 40), 0, 0, 0, packet6.length - 40, 0, 0, 0, 6];
  expect(internetChecksum(Uint8Array.from([...pseudoHeader6, ...packet6.subarray(40)]))).toBe(0);
});

test("what is cut off, or is no TCP, is nothing", () => {
  const packet = synPacket(ipv4, 1);
  for (let length = 0; length < 40; length++) expect(readSegment(packet.subarray(0, length))).toBeUndefined();
  expect(readSegment(packet.with(9, 17))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readSegment(bytes)));
});

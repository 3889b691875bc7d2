import { expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import { internetChecksum } from "../../base/checksum.ts";
import { tunnelled } from "./tunnel-headers.ts";

const packet = Uint8Array.from([0x45, 0, 0, 4]);
const ends = { source: ip("10.9.0.1"), port: 40_000, realServer: ip("10.9.0.11") };

test("an ipip tunnel carries the packet as it is, by the protocol of its family", () => {
  const tunnel = { type: "ipip", port: 0, checksum: "none" } as const;
  expect(tunnelled(tunnel, packet, ends)).toEqual({ protocol: 4, data: packet });
  expect(tunnelled(tunnel, packet.with(0, 0x60), ends).protocol).toBe(41);
});

test("a GRE tunnel has four bytes before the packet, and four more with a checksum, which is right", () => {
  const tunnel = { type: "gre", port: 0 } as const;
  const plain = tunnelled({ ...tunnel, checksum: "none" }, packet, ends);
  expect(plain).toEqual({ protocol: 47, data: Uint8Array.from([0, 0, 8, 0, ...packet]) });
  const checked = tunnelled({ ...tunnel, checksum: "full" }, packet, ends).data;
  expect([...checked.subarray(0, 4), ...checked.subarray(6)]).toEqual([0x80, 0, 8, 0, 0, 0, ...packet]);
  expect(internetChecksum(checked)).toBe(0);
});

test("a GUE tunnel is UDP to its port, with the packet's protocol in the second byte after it, and a checksum if wished for", () => {
  const tunnel = { type: "gue", port: 6080 } as const;
  const header = [0x9c, 0x40, 0x17, 0xc0, 0, 16];
  const plain = tunnelled({ ...tunnel, checksum: "none" }, packet, ends);
  expect(plain).toEqual({ protocol: 17, data: Uint8Array.from([...header, 0, 0, 0, 4, 0, 0, ...packet]) });
  for (const checksum of ["full", "remote"] as const) {
    const { data } = tunnelled({ ...tunnel, checksum }, packet, ends);
    expect(internetChecksum(Uint8Array.from([10, 9, 0, 1, 10, 9, 0, 11, 0, 17, 0, 16, ...data]))).toBe(0);
  }
});

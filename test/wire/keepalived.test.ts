import { describe, expect, test } from "bun:test";
import { addressFromBytes, ip } from "../../agent/base/address.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { gratuitousArp } from "../../agent/vrrp/core/packets/gratuitous-arp.ts";
import { neighbourAdvertisement } from "../../agent/vrrp/core/packets/neighbour-discovery.ts";
import {
  type CapturedAdvertisement,
  capturedAdvertisements,
  capturedGratuitousArp,
  capturedNeighbourAdvertisements,
  senderHardwareAddress,
} from "./keepalived-frames.ts";

describe("an advertisement of keepalived", () => {
  test.each(capturedAdvertisements)("$name is read as its configuration says", (captured) => {
    const { advertisement } = captured;
    expect(decodeAdvertisement(packetIn(captured.frame), expectationOf(captured))).toEqual({
      ok: true,
      value: advertisement,
    });
  });

  test.each(capturedAdvertisements)(
    "$name is written byte for byte the same",
    ({ advertisement, frame, withPseudoHeader }) => {
      const packet = packetIn(frame);
      expect(hex(encodeAdvertisement(advertisement, packet, withPseudoHeader))).toBe(hex(packet.payload));
    },
  );

  test.each(capturedAdvertisements)(
    "$name with any one bit turned over is refused or says something else",
    (captured) => {
      const packet = packetIn(captured.frame);
      const accepted = eachBitTurned(packet.payload).filter((payload) => {
        const decoded = decodeAdvertisement({ ...packet, payload }, expectationOf(captured));
        return decoded.ok && Bun.deepEquals(decoded.value, captured.advertisement);
      });
      expect(accepted).toEqual([]);
    },
  );
});

test.each(Object.entries(capturedGratuitousArp))("keepalived announces %s as we do", (address, frame) => {
  expect(hex(gratuitousArp(senderHardwareAddress, ip(address)))).toBe(frame);
});

test.each(Object.entries(capturedNeighbourAdvertisements))("keepalived announces %s as we do", (address, frame) => {
  const ours = hex(neighbourAdvertisement(senderHardwareAddress, ip(address), false));
  // keepalived leaves the flow label and the traffic class at zero, as we do.
  expect(ours).toBe(frame);
});

function packetIn(frame: string) {
  const bytes = Uint8Array.fromHex(frame);
  const isIpv4 = bytes[12] === 0x08;
  const address = (start: number) => addressFromBytes(bytes.slice(start, start + (isIpv4 ? 4 : 16))) ?? ip("0.0.0.0");
  return {
    source: address(isIpv4 ? 26 : 22),
    destination: address(isIpv4 ? 30 : 38),
    timeToLive: bytes[isIpv4 ? 22 : 21] ?? 0,
    payload: bytes.slice(isIpv4 ? 34 : 54),
  };
}

function expectationOf({ advertisement, frame }: CapturedAdvertisement) {
  const { destination } = packetIn(frame);
  return {
    version: advertisement.version,
    family: destination.includes(":") ? ("ipv6" as const) : ("ipv4" as const),
    multicastGroup: destination,
    advertisementInterval: advertisement.interval,
    authentication: advertisement.version === 2 ? advertisement.authentication : ({ type: "none" } as const),
  };
}

function eachBitTurned(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const turned = bytes.slice();
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return turned;
  });
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

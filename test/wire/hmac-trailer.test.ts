// The wire images in the appendix of draft-cassen-vrrp-auth-hmac, which keepalived's own tests hold it against: key 00 to 1f, VRID 51, priority 200,
// an interval of 1 s, sequence 0x6800000080000000. They are not of our making, and Python's hmac agrees with them.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { sign, verify } from "../../agent/vrrp/core/packets/hmac-trailer.ts";
import { runtimeHmac } from "../../agent/vrrp/sockets/key-ports.ts";

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const sequence = 0x6800_0000_8000_0000n;
const trailer = "010100006800000080000000";

const images = [
  {
    family: "ipv4",
    ends: { source: ip("198.51.100.10"), destination: ip("224.0.0.18") },
    address: ip("192.0.2.100"),
    image: `3133c80100644402c0000264${trailer}1b84bc4e8e43892dc6d98448f8ee2265`,
  },
  {
    family: "ipv6",
    ends: { source: ip("fe80::10"), destination: ip("fe80::20") },
    address: ip("fe80::100"),
    image: `3133c8010064a2e9fe800000000000000000000000000100${trailer}c8c56146ebfd66ee10ec4d8186461b78`,
  },
] as const;

describe.each(images)("the $family image of the draft", ({ family, ends, address, image }) => {
  const received = { ...ends, timeToLive: 255, payload: Uint8Array.fromHex(image) };
  const judging = {
    hmac: runtimeHmac,
    keys: new Map([[1, key]]),
    rules: { antiReplay: "monotonic", timeWindow: milliseconds(5000), mode: "enforce" },
    heard: [],
    wall: 0,
  } as const;

  test("is accepted and read", () => {
    const verified = verify(received, judging);
    if (!verified.ok) throw new Error(verified.error);
    const expected = {
      ...({ version: 3, family, multicastGroup: ends.destination } as const),
      ...{ advertisementInterval: seconds(1), authentication: { type: "none" } as const },
    };
    expect(decodeAdvertisement(verified.value.packet, expected)).toMatchObject({
      ok: true,
      value: { version: 3, virtualRouterId: 51, priority: 200, interval: seconds(1), addresses: [address] },
    });
  });

  test("is what we write, but for the checksum, which the HMAC does not cover", () => {
    const said = { virtualRouterId: 51, priority: 200, interval: seconds(1), addresses: [address] };
    const encoded = encodeAdvertisement({ version: 3, ...said }, ends, false);
    const written = sign(encoded, ends.source, { hmac: runtimeHmac, keyId: 1, key, sequence });
    expect(withoutChecksum(written)).toBe(withoutChecksum(received.payload));
  });

  test("with another byte anywhere but in its checksum is refused", () => {
    const accepted = [...received.payload.keys()].filter((at) => {
      const payload = received.payload.map((byte, index) => (index === at ? byte ^ 1 : byte));
      return verify({ ...received, payload }, judging).ok;
    });
    expect(accepted).toEqual([6, 7]);
  });
});

function withoutChecksum(packet: Uint8Array): string {
  return packet.slice().fill(0, 6, 8).toHex();
}

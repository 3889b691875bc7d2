import { describe, expect, test } from "bun:test";
import { ip } from "../../../base/address.ts";
import { runtimeHmac } from "../../sockets/key-ports.ts";
import { protect, unprotect } from "./authentication-header.ts";

const key = new TextEncoder().encode("secret\0\0");
const advertisement = Uint8Array.from({ length: 20 }, (_, index) => index);
const ends = { source: ip("10.9.0.2"), destination: ip("224.0.0.18") };
const using = { hmac: runtimeHmac, key };

function protectedPacket(other: { readonly destination?: string; readonly sequence?: number } = {}) {
  const { destination = "224.0.0.18", sequence = 7 } = other;
  return protect(advertisement, { ...ends, destination: ip(destination) }, { ...using, sequence, timeToLive: 255 });
}

function opened(packet: Uint8Array, change: (header: Uint8Array, payload: Uint8Array) => void = () => {}) {
  const [header, payload] = [packet.slice(0, 20), packet.slice(20)];
  change(header, payload);
  const outcome = unprotect({ header, payload, source: ends.source }, using);
  return outcome.ok ? outcome.value : outcome.error;
}

test("HMAC-MD5 is that of RFC 2202, section 2", () => {
  const digest = runtimeHmac(
    "md5",
    new TextEncoder().encode("Jefe"),
    new TextEncoder().encode("what do ya want for nothing?"),
  );
  expect(digest.toHex()).toBe("750c783e6ab0b503eaa86e310a5db738");
});

describe("an authentication header", () => {
  test("is a whole IPv4 packet of protocol 51 whose index is the source", () => {
    const packet = protectedPacket();
    expect(packet.length).toBe(20 + 24 + 20);
    expect(packet.slice(0, 10).toHex()).toBe("45c0004000070000ff33");
    expect(packet.slice(20, 32).toHex()).toBe("70040000" + "0a090002" + "00000007");
  });

  test("gives back what it was made of", () => {
    expect(opened(protectedPacket())).toEqual({ advertisement, sequence: 7 });
  });

  test("survives what routers and kernels change on the way", () => {
    const changed = opened(protectedPacket({ destination: "10.9.0.1" }), (header) => {
      header[1] = 0;
      header[8] = 61;
      header.set([0x12, 0x34], 10);
    });
    expect(changed).toEqual({ advertisement, sequence: 7 });
  });

  test("to a group covers the time to live, as keepalived has it; one without is accepted, too", () => {
    expect(opened(protectedPacket(), (header) => header.fill(254, 8, 9))).toBe("integrity check value is wrong");
    const rfc = protectedPacket({ destination: "10.9.0.1" });
    expect(opened(rfc, (header) => header.fill(9, 8, 9))).toEqual({ advertisement, sequence: 7 });
  });

  test("in which anything else is changed is refused by the rule that it breaks", () => {
    const packet = protectedPacket();
    const said = (at: number) => opened(packet, (_, payload) => payload.fill((payload[at] ?? 0) ^ 1, at, at + 1));
    expect([0, 1, 2, 3].map(said)).toEqual(Array(4).fill("authentication header is malformed"));
    expect([4, 7].map(said)).toEqual(Array(2).fill("security parameters index is not the source"));
    expect([8, 11, 12, 23, 24, 43].map(said)).toEqual(Array(6).fill("integrity check value is wrong"));
    expect(opened(packet.slice(0, 43))).toBe("authentication header is malformed");
  });
});

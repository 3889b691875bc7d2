import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addressFromBytes, type IpAddress, ip } from "../../../base/address.ts";
import { centiseconds, milliseconds, seconds } from "../../../base/duration.ts";
import { type Advertisement, decodeAdvertisement, encodeAdvertisement } from "./advertisement.ts";
import { advertisementRules, type Expectation } from "./received-packet.ts";

const group = ip("224.0.0.18");
const envelope = { source: ip("10.9.0.2"), destination: group };

const v2: Advertisement = {
  version: 2,
  virtualRouterId: 51,
  priority: 100,
  interval: seconds(1),
  addresses: [ip("10.9.0.100"), ip("10.9.0.101")],
  authentication: { type: "pass", password: "secret" },
};
const v3: Advertisement = {
  version: 3,
  virtualRouterId: 51,
  priority: 100,
  interval: centiseconds(10),
  addresses: [ip("10.9.0.100"), ip("10.9.0.101")],
};

function expecting(advertisement: Advertisement, other: Partial<Expectation> = {}): Expectation {
  return {
    version: advertisement.version,
    family: "ipv4",
    multicastGroup: group,
    advertisementInterval: advertisement.interval,
    authentication: advertisement.version === 2 ? advertisement.authentication : { type: "none" },
    ...other,
  };
}

function packet(advertisement: Advertisement, withPseudoHeader = true) {
  return { ...envelope, timeToLive: 255, payload: encodeAdvertisement(advertisement, envelope, withPseudoHeader) };
}

/** The packet with one byte replaced and the checksum made right again. */
function withByte(advertisement: Advertisement, offset: number, value: number) {
  const { payload } = packet(advertisement, false);
  payload[offset] = value;
  payload.fill(0, 6, 8);
  let sum = 0;
  for (let index = 0; index < payload.length; index += 2)
    sum += ((payload[index] ?? 0) << 8) | (payload[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  payload.set([(~sum >> 8) & 0xff, ~sum & 0xff], 6);
  return { ...envelope, timeToLive: 255, payload };
}

function rule(received: Parameters<typeof decodeAdvertisement>[0], expected: Expectation) {
  const decoded = decodeAdvertisement(received, expected);
  return decoded.ok ? "accepted" : decoded.error;
}

const peer = ip("10.9.0.2");
const toUs = { source: peer, destination: ip("10.9.0.1") };
const unicast = { peers: [{ address: peer, minTimeToLive: 60, maxTimeToLive: 64 }], timeToLive: 64, checkSource: true };

function fromPeer(
  other: { readonly source?: IpAddress; readonly destination?: IpAddress; readonly timeToLive?: number } = {},
) {
  const ends = { ...toUs, ...other };
  return { timeToLive: 64, ...ends, payload: encodeAdvertisement(v3, ends, true) };
}

const broken = [
  ["time-to-live is out of its limits", fromPeer({ timeToLive: 59 }), expecting(v3, { unicast })],
  ["time-to-live is out of its limits", fromPeer({ timeToLive: 65 }), expecting(v3, { unicast })],
  ["source is no peer", fromPeer({ source: ip("10.9.0.3") }), expecting(v3, { unicast })],
  ["destination differs", fromPeer({ destination: group }), expecting(v3, { unicast })],
  ["destination differs", fromPeer({ timeToLive: 255 }), expecting(v3)],
  ["checksum is wrong", packet(v3, false), expecting(v3, { strictChecksum: true })],
  ["checksum is wrong", packet(v3, true), expecting(v3, { strictChecksum: true, checksumWithPseudoHeader: false })],
  ["time-to-live is not 255", { ...packet(v3), timeToLive: 254 }, expecting(v3)],
  ["version differs", packet(v3), expecting(v2)],
  ["version differs", packet(v2), expecting(v3)],
  ["type is not 1", withByte(v3, 0, 0x32), expecting(v3)],
  ["length is wrong", { ...packet(v3), payload: new Uint8Array(0) }, expecting(v3)],
  ["length is wrong", { ...packet(v3), payload: packet(v3).payload.slice(0, 7) }, expecting(v3)],
  ["length is wrong", { ...packet(v3), payload: packet(v3).payload.slice(0, -1) }, expecting(v3)],
  ["length is wrong", withByte(v3, 3, 200), expecting(v3)],
  ["length is wrong", { ...packet(v2), payload: packet(v2).payload.slice(0, -8) }, expecting(v2)],
  [
    "length is wrong",
    { ...packet(v3), payload: new Uint8Array([...packet(v3).payload, ...new Uint8Array(28)]) },
    expecting(v3),
  ],
  ["checksum is wrong", { ...packet(v3), source: ip("10.9.0.3") }, expecting(v3)],
  ["address count is 0", packet({ ...v3, addresses: [] }), expecting(v3)],
  ["advertisement interval is 0", packet({ ...v3, interval: milliseconds(0) }), expecting(v3)],
  ["destination differs", packet(v3), expecting(v3, { multicastGroup: ip("224.0.0.99") })],
  ["authentication type differs", packet(v2), expecting(v2, { authentication: { type: "none" } })],
  ["authentication differs", packet(v2), expecting(v2, { authentication: { type: "pass", password: "Secret" } })],
  ["authentication differs", packet(v2), expecting(v2, { authentication: { type: "pass", password: "secre" } })],
  ["advertisement interval differs", packet(v2), expecting(v2, { advertisementInterval: seconds(2) })],
] as const;

test("a peer's advertisement is accepted within its limits, and a stranger's where sources are not checked", () => {
  const lenient = { ...unicast, checkSource: false };
  expect(rule(fromPeer(), expecting(v3, { unicast }))).toBe("accepted");
  expect(rule(fromPeer({ source: ip("10.9.0.3"), timeToLive: 3 }), expecting(v3, { unicast: lenient }))).toBe(
    "accepted",
  );
});

test("a strict instance accepts the checksum that it sends", () => {
  for (const checksumWithPseudoHeader of [true, false])
    expect(
      rule(packet(v3, checksumWithPseudoHeader), expecting(v3, { strictChecksum: true, checksumWithPseudoHeader })),
    ).toBe("accepted");
});

describe("what breaks a rule is refused by the name of the rule", () => {
  test.each(broken)("%s", (name, received, expected) => {
    expect(rule(received, expected)).toBe(name);
  });

  test("and there is no rule that is never broken here", () => {
    expect([...new Set(broken.map(([name]) => name as string))].sort()).toEqual([...advertisementRules].sort());
  });
});

describe("what keeps the rules is accepted", () => {
  test.each([
    ["version 3 with the pseudo-header in its checksum, as keepalived sends it", packet(v3, true), expecting(v3)],
    ["version 3 without it, as RFC 9568 wants it", packet(v3, false), expecting(v3)],
    [
      "version 3 with another interval than ours, which is learnt",
      packet(v3),
      expecting(v3, { advertisementInterval: seconds(1) }),
    ],
    [
      "version 2 without authentication and with rubbish in its place",
      withByte({ ...v2, authentication: { type: "none" } }, 20, 7),
      expecting({ ...v2, authentication: { type: "none" } }),
    ],
    [
      "version 3 in a frame that was padded to Ethernet's minimum",
      { ...packet(v3), payload: new Uint8Array([...packet(v3).payload, ...new Uint8Array(10)]) },
      expecting(v3),
    ],
    ["reserved bits that are set", withByte(v3, 4, 0xf0), expecting(v3)],
  ] as const)("%s", (_, received, expected) => {
    expect(rule(received, expected)).toBe("accepted");
  });

  test("of a longer password only the first 8 bytes count, as in keepalived", () => {
    const long = { ...v2, authentication: { type: "pass", password: "password-longer" } } as const;
    expect(rule(packet(long), expecting({ ...v2, authentication: { type: "pass", password: "password" } }))).toBe(
      "accepted",
    );
  });
});

const anyAddress = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => addressFromBytes(bytes) as IpAddress);
const anyV3: fc.Arbitrary<Advertisement> = fc.record({
  version: fc.constant(3 as const),
  virtualRouterId: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  interval: fc.integer({ min: 1, max: 4095 }).map(centiseconds),
  addresses: fc.array(anyAddress, { minLength: 1, maxLength: 255 }),
});
const anyV2: fc.Arbitrary<Advertisement> = fc.record({
  version: fc.constant(2 as const),
  virtualRouterId: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  interval: fc.integer({ min: 1, max: 255 }).map(seconds),
  addresses: fc.array(anyAddress, { maxLength: 255 }),
  authentication: fc.oneof(
    fc.constant({ type: "none" as const }),
    fc.record({ type: fc.constant("pass" as const), password: fc.string({ minLength: 1, maxLength: 8 }) }),
  ),
});

test("what is written is read back, in both versions and both dialects", () => {
  fc.assert(
    fc.property(fc.oneof(anyV2, anyV3), fc.boolean(), (advertisement, withPseudoHeader) => {
      const decoded = decodeAdvertisement(packet(advertisement, withPseudoHeader), expecting(advertisement));
      expect(decoded).toEqual({ ok: true, value: advertisement });
    }),
  );
});

test("no bytes whatever make the decoder throw or read past the end", () => {
  const anyPacket = fc.record({
    source: anyAddress,
    destination: fc.constant(group),
    timeToLive: fc.constantFrom(255, 1),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 1200 }),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Uint8Array.from([0x31, 1, 2, ...bytes])),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Uint8Array.from([0x21, 1, 2, ...bytes])),
    ),
  });
  fc.assert(
    fc.property(anyPacket, fc.constantFrom<Expectation>(expecting(v2), expecting(v3)), (received, expected) => {
      const decoded = decodeAdvertisement(received, expected);
      if (decoded.ok) expect(decoded.value.addresses.length).toBe(received.payload[3] ?? -1);
      else expect(advertisementRules).toContain(decoded.error as (typeof advertisementRules)[number]);
    }),
    { numRuns: 5000 },
  );
});

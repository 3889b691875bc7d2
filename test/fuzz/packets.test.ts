// What a stranger may send: random bytes, damaged advertisements, and packets that are right but for one rule. Nothing throws, nothing
// takes long, and whatever is refused is refused by the name of a rule.
//
// FUZZ_PACKETS is the number of inputs for each case, 3000 unless given; 70000 make more than a million. VIPWARD_SEED draws others.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { addressBytes, type IpAddress, ip } from "../../agent/base/address.ts";
import { internetChecksum, onesComplementSum } from "../../agent/base/checksum.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { type Random, seededRandom } from "../../agent/base/random.ts";
import type { HmacModel } from "../../agent/config/wire-model.ts";
import { discoveryOffsets } from "../../agent/kernel/neighbour-watch.ts";
import { probeFrame, questionFrame } from "../../agent/vrrp/core/announcing/neighbour-check.ts";
import {
  type Advertisement,
  decodeAdvertisement,
  encodeAdvertisement,
  virtualRouterIdOf,
} from "../../agent/vrrp/core/packets/advertisement.ts";
import { readArp } from "../../agent/vrrp/core/packets/arp.ts";
import { protect, unprotect } from "../../agent/vrrp/core/packets/authentication-header.ts";
import { nextSequence, sign, verify } from "../../agent/vrrp/core/packets/hmac-trailer.ts";
import { readNeighbourClaim } from "../../agent/vrrp/core/packets/neighbour-claim.ts";
import { duplicateQuestion, neighbourAdvertisement } from "../../agent/vrrp/core/packets/neighbour-discovery.ts";
import {
  advertisementRules,
  type Expectation,
  type PacketRule,
  type ReceivedPacket,
  wrapperRules,
} from "../../agent/vrrp/core/packets/received-packet.ts";
import { runtimeHmac } from "../../agent/vrrp/sockets/key-ports.ts";
import { seed } from "../support/seed.ts";

setDefaultTimeout(600_000);
const inputs = Number(process.env.FUZZ_PACKETS ?? 3000);
const rules: readonly string[] = [...advertisementRules, ...wrapperRules];

/** The families with a sender, a group, and virtual addresses. */
const worlds = {
  ipv4: { source: ip("10.9.0.2"), group: ip("224.0.0.18"), virtual: [1, 2, 3].map((last) => ip(`10.9.0.10${last}`)) },
  ipv6: { source: ip("fe80::2"), group: ip("ff02::12"), virtual: [1, 2, 3].map((last) => ip(`fe80::10${last}`)) },
} as const;

const dialects = [
  { version: 2, family: "ipv4" },
  { version: 3, family: "ipv4" },
  { version: 3, family: "ipv6" },
] as const;
type Dialect = (typeof dialects)[number];

const key = new Uint8Array(32).fill(7);
const using = { hmac: runtimeHmac, key };
const wall = Date.UTC(2026, 0, 1);

describe(`seed ${seed}, ${inputs} inputs each`, () => {
  for (const dialect of dialects) {
    const name = `version ${dialect.version} over ${dialect.family}`;

    test(`${name}: random bytes are refused by a rule or are an advertisement that would be written the same`, () => {
      forEachInput((random) => {
        const payload = randomBytes(random, 64);
        if (random() < 0.5) payload[0] = (dialect.version << 4) | 1;
        judge({ ...envelope(dialect), timeToLive: random() < 0.5 ? 255 : 64, payload }, expectation(dialect, random));
      });
    });

    test(`${name}: a damaged advertisement is refused, unless the damage is where nobody looks`, () => {
      forEachInput((random) => {
        const packet = advertisementOf(dialect, random);
        judge({ ...packet, payload: damaged(packet.payload, random) }, expectation(dialect, random));
      });
    });

    test(`${name}: with one bit turned over, an advertisement does not stay what it was`, () => {
      forEachInput((random) => {
        const packet = advertisementOf(dialect, random);
        const payload = packet.payload.slice();
        const at = Math.floor(random() * payload.length);
        payload[at] = (payload[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        const expected = expectation(dialect, random, "none");
        expect(decodeAdvertisement(packet, expected).ok).toBe(true);
        // A sum of 16 bits finds every single turned bit.
        expect(decodeAdvertisement({ ...packet, payload }, expected).ok).toBe(false);
      });
    });

    test(`${name}: an advertisement that is right but for one rule is refused by that rule`, () => {
      forEachInput((random) => {
        const [rule, packet] = brokenOnce(dialect, random);
        const decoded = decodeAdvertisement(packet, expectation(dialect, random, "none"));
        expect(decoded.ok ? "accepted" : decoded.error).toBe(rule);
      });
    });

    test(`${name}: no damage and no forgery gets past an hmac`, () => {
      forEachInput((random) => {
        const packet = advertisementOf(dialect, random);
        const sequence = nextSequence(0n, wall, judging().rules);
        const signed = sign(packet.payload, packet.source, { ...using, keyId: 1, sequence });
        const changed = damaged(signed, random);
        // The checksum is not covered: the advertisement's own check finds it.
        const isSame = sameBut(signed, changed, [6, 7]);
        const outcome = verify({ ...packet, payload: changed }, judging());
        if (outcome.ok) expect(isSame).toBe(true);
        else expect(wrapperRules as readonly string[]).toContain(outcome.error);
      });
    });
  }

  test("random bytes are no authentication header, and no damage gets past one", () => {
    forEachInput((random) => {
      const dialect = dialects[0];
      const { source, destination, payload } = advertisementOf(dialect, random);
      const packet = protect(payload, { source, destination }, { ...using, sequence: 9, timeToLive: 255 });
      const changed = random() < 0.2 ? randomBytes(random, 100) : damaged(packet, random);
      const [header, rest] = [changed.slice(0, 20), changed.slice(20)];
      virtualRouterIdOf({ header, payload: rest });
      const outcome = unprotect({ header, payload: rest, source }, using);
      // Type of service, fragmentation, header checksum and, by RFC 2402, time to live may change on the way.
      if (outcome.ok) expect(sameBut(packet, changed, [1, 6, 7, 8, 10, 11])).toBe(true);
      else expect(wrapperRules as readonly string[]).toContain(outcome.error);
    });
  });
});

/** A frame of ARP or neighbour discovery that was damaged or cut off, or one of random bytes. */
function mangled(random: Random): Uint8Array {
  const mac = randomBytes(random, 6);
  const hardware = Uint8Array.from({ length: 6 }, (_, index) => mac[index] ?? 0);
  const target = Uint8Array.from(addressBytes(worlds.ipv6.virtual[0] ?? worlds.ipv6.source));
  const [asked, told] = [worlds.ipv4.source, worlds.ipv4.virtual[0] ?? worlds.ipv4.source];
  const frames = [
    () => probeFrame(hardware, told),
    () => questionFrame(hardware, told, asked),
    () => neighbourAdvertisement(hardware, ip(`fe80::${(target[15] ?? 0).toString(16)}`), random() < 0.5),
    () => duplicateQuestion(hardware, worlds.ipv6.source),
    () => randomBytes(random, 120),
  ];
  const frame = (frames[Math.floor(random() * frames.length)] ?? frames[0])?.() ?? new Uint8Array();
  return damaged(frame, random).slice(0, Math.ceil(random() * 100));
}

describe("what neighbours say about addresses", () => {
  test("is read or is nothing, whatever the frame: an address and six bytes of hardware, or neither", () => {
    forEachInput((random) => {
      const frame = mangled(random);
      const arp = readArp(frame);
      if (arp !== undefined) expect([arp.sender.length, arp.senderHardware.length]).toEqual([4, 6]);
      const claim = readNeighbourClaim(frame);
      if (claim === undefined) return;
      expect([addressBytes(claim.address).length, claim.hardwareAddress.length]).toEqual([16, 6]);
      expect(frame[discoveryOffsets.hopLimit]).toBe(255);
    });
  });
});

function forEachInput(action: (random: Random) => void): void {
  const random = seededRandom(seed);
  for (let count = 0; count < inputs; count += 1) action(random);
}

/** Decodes, and holds what was accepted against what it says. */
function judge(packet: ReceivedPacket, expected: Expectation): void {
  virtualRouterIdOf(packet);
  const decoded = decodeAdvertisement(packet, expected);
  if (!decoded.ok) {
    if (!rules.includes(decoded.error)) throw new Error(`refused by ${decoded.error}`);
    return;
  }
  const { priority, virtualRouterId, addresses, interval } = decoded.value;
  const size = expected.family === "ipv4" ? 4 : 16;
  expect([virtualRouterId, priority, addresses.length]).toEqual([...packet.payload.slice(1, 4)]);
  for (const [index, address] of addresses.entries())
    expect(addressBytes(address).toHex()).toBe(packet.payload.slice(8 + index * size, 8 + (index + 1) * size).toHex());
  expect(interval).toBeGreaterThan(0);
}

function envelope({ family }: Dialect): { readonly source: IpAddress; readonly destination: IpAddress } {
  return { source: worlds[family].source, destination: worlds[family].group };
}

function expectation({ version, family }: Dialect, random: Random, authentication?: "none"): Expectation {
  const type = authentication ?? (random() < 0.5 ? "pass" : "none");
  return {
    ...{ version, family, multicastGroup: worlds[family].group, advertisementInterval: seconds(1) },
    authentication: version === 2 && type === "pass" ? { type, password: "secret" } : { type: "none" },
    ...(random() < 0.2 && authentication === undefined && { strictChecksum: true, checksumWithPseudoHeader: true }),
  };
}

function advertisementOf(dialect: Dialect, random: Random): ReceivedPacket {
  const ends = envelope(dialect);
  const common = {
    virtualRouterId: 1 + Math.floor(random() * 255),
    priority: Math.floor(random() * 256),
    interval: seconds(1),
    addresses: worlds[dialect.family].virtual.slice(0, 1 + Math.floor(random() * 3)),
  };
  const advertisement: Advertisement =
    dialect.version === 2 ? { version: 2, ...common, authentication: { type: "none" } } : { version: 3, ...common };
  return { ...ends, timeToLive: 255, payload: encodeAdvertisement(advertisement, ends, random() < 0.5) };
}

/** A right advertisement with one thing wrong, its checksum made right again, and the rule that it breaks. */
function brokenOnce(dialect: Dialect, random: Random): readonly [PacketRule, ReceivedPacket] {
  const packet = advertisementOf(dialect, random);
  const bytes = packet.payload.slice();
  const having = (change: (at: Uint8Array) => void): ReceivedPacket => ({
    ...packet,
    payload: rewritten(packet, change),
  });
  const any = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const cases: readonly (readonly [PacketRule, ReceivedPacket])[] = [
    ["time-to-live is not 255", { ...packet, timeToLive: any(0, 254) }],
    ["length is wrong", { ...packet, payload: bytes.slice(0, any(0, bytes.length - 1)) }],
    ["version differs", having((at) => at.set([(any(4, 15) << 4) | 1], 0))],
    ["type is not 1", having((at) => at.set([(dialect.version << 4) | any(2, 15)], 0))],
    ["checksum is wrong", { ...packet, payload: bytes.map((byte, at) => (at === 2 ? byte ^ any(1, 255) : byte)) }],
    dialect.version === 2
      ? ["authentication type differs", having((at) => at.set([any(1, 255)], 4))]
      : ["advertisement interval is 0", having((at) => at.set([0, 0], 4))],
    dialect.version === 2
      ? ["advertisement interval differs", having((at) => at.set([any(2, 255)], 5))]
      : [
          "address count is 0",
          { ...packet, payload: rewritten({ ...packet, payload: bytes.slice(0, 8) }, (at) => at.set([0], 3)) },
        ],
  ];
  return cases[any(0, cases.length - 1)] ?? ["length is wrong", { ...packet, payload: new Uint8Array() }];
}

/** The packet with a change, and a checksum that is right: over the pseudo-header in version 3. */
function rewritten({ source, destination, payload }: ReceivedPacket, change: (at: Uint8Array) => void): Uint8Array {
  const bytes = payload.slice();
  const isVersion3 = (bytes[0] ?? 0) >> 4 === 3;
  change(bytes);
  bytes.fill(0, 6, 8);
  const pseudo = Uint8Array.from([...addressBytes(source), ...addressBytes(destination)]);
  const checksum = internetChecksum(bytes, isVersion3 ? onesComplementSum(pseudo, 112 + bytes.length) : 0);
  bytes.set([checksum >> 8, checksum & 0xff], 6);
  return bytes;
}

function judging() {
  const rulesOfHmac: Pick<HmacModel, "antiReplay" | "timeWindow" | "mode"> = {
    ...{ antiReplay: "time", timeWindow: milliseconds(5000), mode: "enforce" },
  };
  return { hmac: runtimeHmac, keys: new Map([[1, key]]), rules: rulesOfHmac, heard: [], wall };
}

/** Bytes changed, cut off, or added. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const chance = random();
  if (chance < 0.2) return bytes.slice(0, Math.floor(random() * bytes.length));
  if (chance < 0.4) return Uint8Array.from([...bytes, ...randomBytes(random, 40)]);
  const changed = bytes.slice();
  for (let count = 0; count <= random() * 3; count += 1)
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
  return changed;
}

function randomBytes(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256));
}

/** Whether two packets are the same, these places apart. */
function sameBut(a: Uint8Array, b: Uint8Array, places: readonly number[]): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index] || places.includes(index));
}

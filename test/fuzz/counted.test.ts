// Every packet that reaches a director is counted once: as an advertisement, as one of another virtual router, or under the rule that it breaks. Whole
// drivers are given damaged, forged, repeated and random packets of every dialect that they may be configured for.
//
// FUZZ_PACKETS is the number of packets for each dialect, 3000 unless given. VIPWARD_SEED draws others.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { type Random, seededRandom } from "../../agent/base/random.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { OutgoingDatagram } from "../../agent/kernel/vrrp-socket.ts";
import { type Advertisement, encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { protect } from "../../agent/vrrp/core/packets/authentication-header.ts";
import { nextSequence, sign } from "../../agent/vrrp/core/packets/hmac-trailer.ts";
import { advertisementRules, type PacketRule, wrapperRules } from "../../agent/vrrp/core/packets/received-packet.ts";
import { runtimeHmac } from "../../agent/vrrp/sockets/key-ports.ts";
import { type Director, instanceModel, Segment, vrrpModel } from "../pair/segment.ts";
import { seed } from "../support/seed.ts";

setDefaultTimeout(600_000);
const packets = Number(process.env.FUZZ_PACKETS ?? 3000);

const password = "secret12";
const key = new Uint8Array(32).fill(7);
const slow = { version: 2, advertisementInterval: seconds(1) } as const;
const hmac = { keys: [{ id: 1, hex: key.toHex() }], activeKey: 1, timeWindow: seconds(5), mode: "enforce" } as const;

/** What a director may be configured for, and the rules of which at least these are broken in the end. */
const dialects: Readonly<Record<string, readonly [Partial<VrrpInstanceModel>, ...PacketRule[]]>> = {
  "version 2": [slow, "authentication type differs", "advertisement interval differs", "checksum is wrong"],
  "version 2 with a password": [
    { ...slow, authentication: { type: "pass", password } },
    ...(["authentication differs", "advertisement interval differs"] as const),
  ],
  "version 2 in authentication headers": [
    { ...slow, authentication: { type: "ah", password } },
    ...(["authentication header is malformed", "security parameters index is not the source"] as const),
    ...(["integrity check value is wrong", "sequence number was heard before"] as const),
  ],
  "version 3": [{}, "time-to-live is not 255", "length is wrong", "version differs", "type is not 1"],
  "version 3 with an hmac": [
    { hmac: { ...hmac, antiReplay: "time" } },
    ...(["hmac is missing", "hmac trailer is malformed", "hmac key is not known", "hmac is wrong"] as const),
    ...(["hmac is out of its time", "hmac was heard before"] as const),
  ],
  "version 3 from peers": [
    { unicast: { peers: [{ address: ip("10.9.0.2"), minTimeToLive: 250 }], timeToLive: 255, checkSource: true } },
    ...(["time-to-live is out of its limits", "source is no peer"] as const),
  ],
};

describe(`seed ${seed}, ${packets} packets each: every packet is counted once, under a rule where it breaks one`, () => {
  test.each(Object.entries(dialects))("%s", (_, [configured, ...broken]) => {
    const segment = new Segment(seed);
    const config = instanceModel(configured);
    const director = segment.add(1, vrrpModel(config)).start();
    const random = seededRandom(seed);
    let last: OutgoingDatagram | undefined;
    for (let count = 0; count < packets; count += 1) {
      const isRepeated = last !== undefined && random() < 0.1;
      const whole: OutgoingDatagram = isRepeated && last ? last : packetOf(config, random, segment.clock.wall());
      last = whole;
      const datagram = isRepeated || random() < 0.2 ? whole : { ...whole, payload: damaged(whole.payload, random) };
      const protocol = config.authentication.type === "ah" ? "ah" : "vrrp";
      segment.wire.inject("stranger", "ipv4", datagram, random() < 0.8 ? 255 : Math.floor(random() * 256), protocol);
      segment.clock.advance(milliseconds(1));
    }
    const { refused, advertisementsReceived, unknown } = countsOf(director);
    const known: readonly string[] = [...advertisementRules, ...wrapperRules];
    expect(Object.keys(refused).filter((rule) => !known.includes(rule))).toEqual([]);
    expect(broken.filter((rule) => refused[rule] === undefined)).toEqual([]);
    const sum = Object.values(refused).reduce((total, one) => total + one, 0);
    expect({ advertisementsReceived, unknown, sum, all: sum + unknown + advertisementsReceived }).toMatchObject({
      all: packets,
    });
    expect(advertisementsReceived).toBeGreaterThan(0);
  });
});

function countsOf({ driver }: Director) {
  const counters = driver?.state()[0]?.counters;
  const refused: Readonly<Record<string, number>> = counters?.refused ?? {};
  const { advertisementsReceived = 0 } = counters ?? {};
  return { refused, advertisementsReceived, unknown: driver?.unknownVirtualRouters() ?? 0 };
}

/** What a peer of this configuration sends, or one that differs from it. */
function packetOf(config: VrrpInstanceModel, random: Random, wall: number): OutgoingDatagram {
  const { version, hmac: signed, unicast } = config;
  const ends = {
    source: ip(random() < 0.9 ? "10.9.0.2" : "10.9.0.3"),
    destination: unicast === undefined ? config.multicastGroup : ip("10.9.0.1"),
  };
  const common = {
    virtualRouterId: random() < 0.95 ? config.virtualRouterId : 1 + Math.floor(random() * 255),
    priority: Math.floor(random() * 256),
    interval: random() < 0.95 ? config.advertisementInterval : seconds(2),
    addresses: config.virtualAddresses.map(({ address }) => address),
  };
  const authentication = random() < 0.9 ? config.authentication : ({ type: "pass", password: "other" } as const);
  const advertisement: Advertisement = version === 2 ? { version, ...common, authentication } : { version, ...common };
  const payload = encodeAdvertisement(advertisement, ends, true);
  if (config.authentication.type === "ah") {
    const protection = { key: new TextEncoder().encode(password), sequence: Math.floor(wall / 10) % 2 ** 31 };
    return { ...ends, payload: protect(payload, ends, { hmac: runtimeHmac, ...protection, timeToLive: 255 }) };
  }
  if (signed === undefined) return { ...ends, payload };
  const signing = {
    keyId: random() < 0.9 ? 1 : 2,
    sequence: nextSequence(0n, wall - (random() < 0.1 ? 60_000 : 0), signed),
  };
  return { ...ends, payload: sign(payload, ends.source, { hmac: runtimeHmac, key, ...signing }) };
}

/** Some bytes changed, cut off or added; or nothing but chance. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const chance = random();
  const some = (most: number) => Uint8Array.from({ length: Math.floor(random() * most) }, () => random() * 256);
  if (chance < 0.1) return some(80);
  if (chance < 0.2) return bytes.slice(0, Math.floor(random() * bytes.length));
  if (chance < 0.3) return Uint8Array.from([...bytes, ...some(40)]);
  const changed = bytes.slice();
  changed[Math.floor(random() * changed.length)] = random() * 256;
  return changed;
}

import { describe, expect, test } from "bun:test";
import { ip } from "../../../base/address.ts";
import { milliseconds } from "../../../base/duration.ts";
import { runtimeHmac } from "../../sockets/key-ports.ts";
import { encodeAdvertisement } from "./advertisement.ts";
import { type Judging, nextSequence, type SequencesHeard, sign, verify } from "./hmac-trailer.ts";

const wall = Date.UTC(2026, 0, 1);
const keys = new Map([1, 2].map((id) => [id, new Uint8Array(32).fill(id)]));
const ends = { source: ip("10.9.0.2"), destination: ip("224.0.0.18") };
const advertisement = encodeAdvertisement(
  { version: 3, virtualRouterId: 51, priority: 100, interval: milliseconds(1000), addresses: [ip("10.9.0.100")] },
  ends,
  true,
);

const byTime = { antiReplay: "time", timeWindow: milliseconds(5000) } as const;

function signed(other: { readonly at?: number; readonly keyId?: number; readonly sequence?: bigint } = {}) {
  const { at = wall, keyId = 1, sequence = nextSequence(0n, at, byTime) } = other;
  return sign(advertisement, ends.source, {
    ...{ hmac: runtimeHmac, keyId, sequence },
    key: keys.get(keyId) ?? new Uint8Array(32),
  });
}

function judged(payload: Uint8Array, other: Partial<Judging> & { readonly source?: string } = {}) {
  const { source = "10.9.0.2", ...judging } = other;
  const rules = { antiReplay: "time", timeWindow: milliseconds(5000), mode: "enforce" } as const;
  const outcome = verify(
    { ...ends, source: ip(source), timeToLive: 255, payload },
    { hmac: runtimeHmac, keys, rules, heard: [], wall, ...judging },
  );
  return outcome.ok ? outcome.value : outcome.error;
}

test("HMAC-SHA256 is that of RFC 4231, section 4.3", () => {
  const digest = runtimeHmac(
    "sha256",
    new TextEncoder().encode("Jefe"),
    new TextEncoder().encode("what do ya want for nothing?"),
  );
  expect(digest.toHex()).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});

describe("a trailer", () => {
  test("is 28 bytes behind the advertisement: type, key, sequence, HMAC over both with the checksum as zero", () => {
    const packet = signed({ sequence: 0x0102030405060708n });
    expect(packet.slice(0, advertisement.length).toHex()).toBe(advertisement.toHex());
    expect(packet.slice(advertisement.length, -16).toHex()).toBe("010100000102030405060708");
    const covered = packet.slice();
    covered.fill(0, 6, 8).fill(0, covered.length - 16);
    const pseudo = Uint8Array.fromHex(`040333000a090002${"00".repeat(12)}`);
    const hmac = runtimeHmac("sha256", keys.get(1) ?? new Uint8Array(), Uint8Array.from([...pseudo, ...covered]));
    expect(packet.slice(-16).toHex()).toBe(hmac.slice(0, 16).toHex());
  });

  test("that is right is taken off", () => {
    expect(judged(signed())).toMatchObject({ packet: { payload: advertisement }, heard: [{ source: "10.9.0.2" }] });
  });

  test("of either key is right while keys change", () => {
    expect(judged(signed({ keyId: 2 }))).toMatchObject({ packet: { payload: advertisement } });
  });

  test("is refused by the rule that it breaks", () => {
    const packet = signed();
    const changed = (at: number) => judged(packet.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    const start = advertisement.length;
    expect([start, start + 2, start + 3].map(changed)).toEqual(Array(3).fill("hmac trailer is malformed"));
    expect(changed(start + 1)).toBe("hmac key is not known");
    expect([1, 2, 8, start + 7, start + 10, start + 12, start + 27].map(changed)).toEqual(
      Array(7).fill("hmac is wrong"),
    );
    expect(judged(packet, { source: "10.9.0.3" })).toBe("hmac is wrong");
    expect(judged(advertisement)).toBe("hmac is missing");
    expect([wall - 6000, wall + 6000].map((at) => judged(signed({ at })))).toEqual(
      Array(2).fill("hmac is out of its time"),
    );
  });

  test("that is missing is accepted by those that are permissive or only receive", () => {
    for (const mode of ["permissive", "receive-only"] as const)
      expect(
        judged(advertisement, { rules: { antiReplay: "time", timeWindow: milliseconds(5000), mode } }),
      ).toMatchObject({
        packet: { payload: advertisement },
      });
  });

  test("of any age is accepted by growing sequences alone, but not twice", () => {
    const rules = { antiReplay: "monotonic", timeWindow: milliseconds(5000), mode: "enforce" } as const;
    const old = judged(signed({ at: wall - 3_600_000 }), { rules });
    if (typeof old === "string") throw new Error(old);
    expect(judged(signed({ at: wall - 3_600_000 }), { rules, heard: old.heard })).toBe("hmac was heard before");
    expect(judged(signed({ at: wall - 3_599_000 }), { rules, heard: old.heard })).toMatchObject({ heard: [{}] });
  });

  test("moves nothing when it is forged: what is remembered is only what was right", () => {
    const heard: SequencesHeard = [{ source: ends.source, sequence: 1n }];
    const forged = signed({ sequence: 5n, at: wall }).fill(9, -16);
    expect(
      judged(forged, { heard, rules: { antiReplay: "monotonic", timeWindow: milliseconds(5000), mode: "enforce" } }),
    ).toBe("hmac is wrong");
  });
});

test("of senders the last four are remembered", () => {
  const rules = { antiReplay: "monotonic", timeWindow: milliseconds(5000), mode: "enforce" } as const;
  let heard: SequencesHeard = [];
  for (const last of [2, 3, 4, 2, 5, 6]) {
    const source = ip(`10.9.0.${last}`);
    const sequence = BigInt(heard.length + last * 100 + (heard.some((one) => one.source === source) ? 50 : 0));
    const packet = sign(advertisement, source, {
      hmac: runtimeHmac,
      keyId: 1,
      key: keys.get(1) ?? new Uint8Array(),
      sequence,
    });
    const outcome = judged(packet, { source, rules, heard });
    if (typeof outcome === "string") throw new Error(outcome);
    heard = outcome.heard;
  }
  expect(heard.map(({ source }) => source as string)).toEqual(["10.9.0.4", "10.9.0.2", "10.9.0.5", "10.9.0.6"]);
});

test("sequences grow when the clock stands still or goes back, and over the wrap of the seconds", () => {
  const next = (last: bigint, at: number) => nextSequence(last, at, byTime);
  const first = next(0n, wall + 500);
  expect(first & 0xffffffffn).toBe(0x80000000n);
  expect([next(first, wall + 500), next(first, wall)]).toEqual([first + 1n, first + 1n]);
  expect(next(0xffffffff_ffff_ffffn, 0)).toBe(0n);
});

describe("a director whose clock was an hour ahead", () => {
  const ahead = nextSequence(0n, wall + 3_600_000, byTime);
  const right = nextSequence(0n, wall, byTime);

  test("goes by the clock again when it has been set right, for the receivers take nothing else", () => {
    expect(nextSequence(ahead, wall, byTime)).toBe(right);
    expect(nextSequence(ahead, wall, { ...byTime, antiReplay: "monotonic" })).toBe(ahead + 1n);
  });

  test("is heard again then, once", () => {
    const heard = [{ source: ends.source, sequence: ahead }];
    const packet = signed({ sequence: right });
    const outcome = judged(packet, { heard });
    expect(outcome).toMatchObject({ heard: [{ sequence: right }] });
    if (typeof outcome === "string") throw new Error(outcome);
    expect(judged(packet, { heard: outcome.heard })).toBe("hmac was heard before");
    const rules = { ...byTime, antiReplay: "monotonic", mode: "enforce" } as const;
    expect(judged(packet, { heard, rules })).toBe("hmac was heard before");
  });
});

// RFC 3768 (VRRP version 2), by its sections, as far as it differs from version 3.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { instant, seconds } from "../../agent/base/duration.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { Life, master, ownAddress } from "./advertising.ts";

const v2 = { version: 2 } as const;
const envelope = { source: ownAddress, destination: ip("224.0.0.18") };
const advertisement = {
  version: 2,
  virtualRouterId: 7,
  priority: 100,
  interval: seconds(3),
  addresses: [ip("192.0.2.1")],
  authentication: { type: "none" },
} as const;
const expected = {
  version: 2,
  family: "ipv4",
  multicastGroup: envelope.destination,
  advertisementInterval: seconds(3),
  authentication: { type: "none" },
} as const;

describe("5.3 packet fields", () => {
  const payload = encodeAdvertisement(advertisement, envelope, true);

  test("5.3.1 to 5.3.7: version and type, VRID, priority, count, authentication type, interval in seconds", () => {
    expect([...payload.slice(0, 6)]).toEqual([0x21, 7, 100, 1, 0, 3]);
  });

  test("5.3.8: the checksum knows no pseudo-header, whatever version 3 is configured to do", () => {
    expect(payload).toEqual(encodeAdvertisement(advertisement, envelope, false));
    expect(payload).toEqual(encodeAdvertisement(advertisement, { ...envelope, source: ip("192.0.2.99") }, true));
  });

  test("5.3.10: the 8 bytes of authentication data are there even without authentication", () => {
    expect([payload.length, ...payload.slice(12)]).toEqual([20, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("6 the protocol", () => {
  test("6.1: the skew time is up to a second, and does not depend on the interval", () => {
    expect(new Life({ ...v2, advertisementInterval: seconds(5) }).startup().hears(200).hears(0).wait()).toBe(609.375);
  });

  test("6.1: the master down interval counts with the own interval, whatever the master says", () => {
    expect(new Life(v2).startup().hears(200, "192.0.2.20", seconds(9)).wait()).toBe(3609.375);
  });

  test("6.4.2: a backup that may preempt discards a lower priority", () => {
    const life = new Life(v2).startup();
    life.now = instant(2000);
    expect(life.hears(99).wait()).toBe(1609.375);
  });

  test("6.4.3: a master that hears a higher priority yields, and one that hears priority 0 answers", () => {
    expect(master(v2).hears(101).state.kind).toBe("backup");
    expect(master(v2).hears(0).did()).toEqual(["send-advertisement 100"]);
  });
});

describe("7.1 receiving", () => {
  const received = (payload: Uint8Array, timeToLive = 255) => ({ ...envelope, timeToLive, payload });

  test("the time-to-live must be 255", () => {
    const packet = received(encodeAdvertisement(advertisement, envelope, true), 254);
    expect(decodeAdvertisement(packet, expected)).toEqual({ ok: false, error: "time-to-live is not 255" });
  });

  test("another interval than the configured one is discarded, so that the difference is noticed", () => {
    const packet = received(encodeAdvertisement({ ...advertisement, interval: seconds(1) }, envelope, true));
    expect(decodeAdvertisement(packet, expected)).toEqual({ ok: false, error: "advertisement interval differs" });
  });

  test("another authentication type than the configured one is discarded", () => {
    const authentication = { type: "pass", password: "secret" } as const;
    const packet = received(encodeAdvertisement({ ...advertisement, authentication }, envelope, true));
    expect(decodeAdvertisement(packet, expected)).toEqual({ ok: false, error: "authentication type differs" });
  });
});

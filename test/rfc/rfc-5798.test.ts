// RFC 5798 (VRRP version 3 before RFC 9568), by its sections, as far as it says something else than RFC 9568.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { internetChecksum, onesComplementSum } from "../../agent/base/checksum.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { Life, master, ownAddress } from "./advertising.ts";

const envelope = { source: ownAddress, destination: ip("224.0.0.18") };
const advertisement = {
  version: 3,
  virtualRouterId: 7,
  priority: 100,
  interval: seconds(1),
  addresses: [ip("192.0.2.1")],
} as const;

describe("5.2.8: the checksum", () => {
  test("over IPv4 covers a pseudo-header too, as we send it unless configured otherwise; RFC 9568 has none there", () => {
    const bytes = encodeAdvertisement(advertisement, envelope, true);
    const pseudoHeader = Uint8Array.from([192, 0, 2, 10, 224, 0, 0, 18, 0, 112, 0, bytes.length]);
    expect(internetChecksum(bytes, onesComplementSum(pseudoHeader))).toBe(0);
    expect(internetChecksum(bytes)).not.toBe(0);
    expect(internetChecksum(encodeAdvertisement(advertisement, envelope, false))).toBe(0);
  });
});

describe("6.4.3: a master that hears a lower priority", () => {
  test("discards it, where RFC 9568 answers it: keepalived's lower_prio_no_advert", () => {
    const life = master({ lowerPrioNoAdvert: true });
    const before = life.wait();
    expect(life.hears(99).did()).toEqual(["announce"]);
    expect([life.state.kind, life.wait()]).toEqual(["master", before]);
  });

  test("does not announce either when it is to do nothing but what the RFC says", () => {
    const gratuitousArp = { ...master().config.gratuitousArp, lowerPriorityRepeat: 0 };
    expect(master({ lowerPrioNoAdvert: true, gratuitousArp }).hears(99).did()).toEqual([]);
  });

  test("or an equal one from a lower address discards that, too", () => {
    expect(master({ lowerPrioNoAdvert: true }).hears(100, "192.0.2.2").did()).toEqual(["announce"]);
  });
});

describe("6.4.3: the address owner", () => {
  test("is said to be master whatever it hears, where erratum 8298 of RFC 9568 lets the one with the lower address yield", () => {
    const owner = (ownerIgnoreAdverts: boolean) => new Life({ priority: 255, ownerIgnoreAdverts }).startup();
    expect(owner(true).hears(255, "192.0.2.20").state.kind).toBe("master");
    expect(owner(false).hears(255, "192.0.2.20").state.kind).toBe("backup");
  });

  test("that yielded to another takes over again when that one is silent or lowers its priority", () => {
    const owner = new Life({ priority: 255 }).startup().hears(255, "192.0.2.20");
    expect(owner.untilDeadline().state.kind).toBe("master");
    const again = new Life({ priority: 255 }).startup().hears(255, "192.0.2.20");
    const wait = again.wait();
    expect(again.hears(254, "192.0.2.20").wait()).toBe(wait);
    expect(again.untilDeadline().state.kind).toBe("master");
  });
});

describe("6.1: the interval of the master", () => {
  test("is learnt from the advertisements, and the own one holds again for who becomes master", () => {
    const life = new Life().startup().hears(200, "192.0.2.20", milliseconds(100));
    expect(life.wait()).toBeCloseTo(360.9375);
    expect(life.untilDeadline().wait()).toBe(1000);
  });
});

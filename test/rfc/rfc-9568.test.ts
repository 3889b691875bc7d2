// RFC 9568 (VRRP version 3), by its sections. What the codec must check is in agent/vrrp/core/packets/advertisement.test.ts; here is what it says to do.
// RFC 5798 says the same in these sections, but where a test says otherwise.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { instant, milliseconds, seconds } from "../../agent/base/duration.ts";
import { decodeAdvertisement, encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { gratuitousArp } from "../../agent/vrrp/core/packets/gratuitous-arp.ts";
import { Life, master, ownAddress } from "./advertising.ts";

const toMaster = ["send-advertisement 100", "put-addresses", "announce"];

describe("5.2 packet fields", () => {
  const envelope = { source: ownAddress, destination: ip("224.0.0.18") };
  const bytes = encodeAdvertisement(
    { version: 3, virtualRouterId: 7, priority: 100, interval: milliseconds(40950), addresses: [ip("192.0.2.1")] },
    envelope,
    false,
  );

  test("5.2.1 to 5.2.7: version and type, VRID, priority, count, reserved bits of zero, interval in centiseconds", () => {
    expect([...bytes.slice(0, 6)]).toEqual([0x31, 7, 100, 1, 0x0f, 0xff]);
  });

  test("5.2.8: the checksum covers the VRRP message from its version field on", () => {
    let sum = 0;
    for (let index = 0; index < bytes.length; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
    expect((sum & 0xffff) + (sum >> 16)).toBe(0xffff);
  });

  test("5.2.8: RFC 5798's reading, with the pseudo-header of the IPv4 addresses, is understood as well", () => {
    const advertisement = {
      version: 3,
      virtualRouterId: 7,
      priority: 1,
      interval: seconds(1),
      addresses: [ip("192.0.2.1")],
    } as const;
    const expected = {
      version: 3,
      family: "ipv4",
      multicastGroup: envelope.destination,
      advertisementInterval: seconds(1),
      authentication: { type: "none" },
    } as const;
    for (const withPseudoHeader of [true, false]) {
      const payload = encodeAdvertisement(advertisement, envelope, withPseudoHeader);
      expect(decodeAdvertisement({ ...envelope, timeToLive: 255, payload }, expected)).toEqual({
        ok: true,
        value: advertisement,
      });
    }
  });
});

describe("6.1 parameters", () => {
  test("the skew time is (256 - priority) parts of 256 of the master's interval", () => {
    expect(new Life().startup().hears(200).hears(0).wait()).toBe(609.375);
  });

  test("the master down interval is three intervals of the master and the skew time", () => {
    expect(new Life().startup().wait()).toBe(3609.375);
  });

  test("Preempt_Mode: the router that owns the addresses preempts whatever the flag says", () => {
    const owner = new Life({ priority: 255, preempt: false }).startup().hears(255, "192.0.2.20");
    expect(owner.state.kind).toBe("backup");
    const wait = owner.wait();
    expect(owner.hears(254).wait()).toBe(wait);
  });
});

describe("6.4.1 initialize", () => {
  test("the owner of the addresses advertises, announces, and becomes master", () => {
    const owner = new Life({ priority: 255 }).startup();
    expect([owner.state.kind, owner.did(), owner.wait()]).toEqual([
      "master",
      ["send-advertisement 255", "put-addresses", "announce"],
      1000,
    ]);
  });

  test("any other router becomes backup and waits for the master down interval", () => {
    const life = new Life().startup();
    expect([life.state.kind, life.did()]).toEqual(["backup", ["remove-addresses"]]);
  });

  test("nothing but a startup leaves this state", () => {
    expect(new Life().hears(200).on({ kind: "deadline" }).state.kind).toBe("initialize");
  });
});

describe("6.4.2 backup", () => {
  test("a shutdown ends it without a word on the wire", () => {
    const life = new Life().startup().on({ kind: "shutdown", reason: "stopped" });
    expect([life.state.kind, life.did()]).toEqual(["initialize", []]);
  });

  test("when the master down timer ends it advertises, holds the addresses, announces them, and is master", () => {
    const life = new Life().startup().untilDeadline();
    expect([life.state.kind, life.did(), life.wait()]).toEqual(["master", toMaster, 1000]);
  });

  test("priority 0 sets the timer to the skew time", () => {
    expect(new Life().startup().hears(200).hears(0).wait()).toBe(609.375);
  });

  test("a priority that is higher or equal starts the timer anew, with the interval that it tells", () => {
    expect(new Life().startup().hears(101, "192.0.2.20", milliseconds(10)).wait()).toBeCloseTo(36.09375);
    expect(new Life().startup().hears(100, "192.0.2.2", milliseconds(10)).wait()).toBeCloseTo(36.09375);
  });

  test("a lower priority is discarded when it may preempt: neither timer nor interval change", () => {
    const life = new Life().startup();
    life.now = instant(1000);
    expect(life.hears(99, "192.0.2.20", milliseconds(10)).wait()).toBe(2609.375);
  });

  test("a lower priority is followed when it may not preempt", () => {
    const life = new Life({ preempt: false }).startup();
    expect(life.hears(99, "192.0.2.20", milliseconds(100)).wait()).toBeCloseTo(360.9375);
  });
});

describe("6.4.3 active (master)", () => {
  test("a shutdown sends an advertisement of priority 0", () => {
    const life = master().on({ kind: "shutdown", reason: "stopped" });
    expect([life.state.kind, life.did()]).toEqual(["initialize", ["send-advertisement 0", "remove-addresses"]]);
  });

  test("the advertisement timer sends one and starts anew", () => {
    const life = master().untilDeadline();
    expect([life.did(), life.wait()]).toEqual([["send-advertisement 100"], 1000]);
  });

  test("priority 0 is answered at once", () => {
    const life = master();
    life.now = instant(life.now + 300);
    expect([life.hears(0).did(), life.wait()]).toEqual([["send-advertisement 100"], 1000]);
  });

  test("a higher priority makes it backup, with the interval that it tells", () => {
    const life = master().hears(101, "192.0.2.2", milliseconds(100));
    expect([life.state.kind, life.did()]).toEqual(["backup", ["remove-addresses"]]);
    expect(life.wait()).toBeCloseTo(360.9375);
  });

  test("between equal priorities the higher address stays, compared as unsigned numbers in network order", () => {
    expect(master().hears(100, "192.0.2.200").state.kind).toBe("backup");
    expect(master().hears(100, "192.0.2.9").state.kind).toBe("master");
    expect(master().hears(100, "191.255.255.255").state.kind).toBe("master");
  });

  test("a lower priority is answered at once, to tell its sender and the bridges who is master", () => {
    expect(master().hears(99).did()).toEqual(["send-advertisement 100", "announce"]);
  });

  test("erratum 8298 of RFC 9568: of two address owners the one with the lower address yields", () => {
    expect(new Life({ priority: 255 }).startup().hears(255, "192.0.2.20").state.kind).toBe("backup");
    expect(new Life({ priority: 255 }).startup().hears(255, "192.0.2.2").state.kind).toBe("master");
  });
});

test("8.1.2: the announcement is an ARP request whose sender and target are the virtual address", () => {
  const mac = Uint8Array.from([2, 0, 0, 0, 0, 9]);
  expect(gratuitousArp(mac, ip("192.0.2.1")).toHex()).toBe(
    "ffffffffffff0200000000090806000108000604000102000000000 9c0000201ffffffffffffc0000201".replace(" ", ""),
  );
});

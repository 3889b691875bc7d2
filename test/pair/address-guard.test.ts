import { describe, expect, test } from "bun:test";
import { addressBytes, addressFromBytes, type IpAddress, ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { discovery, discoveryOffsets } from "../../agent/kernel/neighbour-watch.ts";
import { arpFrame, arpOperations, broadcast, readArp } from "../../agent/vrrp/core/packets/arp.ts";
import { neighbourAdvertisement } from "../../agent/vrrp/core/packets/neighbour-discovery.ts";
import { usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { instanceModel, Segment, vrrpModel } from "./segment.ts";

const virtual = ip("10.9.0.100");
const strangersMac = Uint8Array.from([2, 0, 0, 0, 0, 0x77]);

function claim(operation: number = arpOperations.request, sender: IpAddress = virtual): Uint8Array {
  const fields = { operation, senderHardware: strangersMac, sender: addressBytes(sender), targetHardware: broadcast };
  return arpFrame(broadcast, { ...fields, target: addressBytes(virtual) });
}

function mastered(gratuitousArp = usualGratuitousArp(1)) {
  const segment = new Segment();
  const director = segment.add(1, vrrpModel(instanceModel({ priority: 150, gratuitousArp }))).start();
  const backup = segment.add(2, vrrpModel(instanceModel({ gratuitousArp }))).start();
  return { segment, director, backup };
}

describe("somebody else who says by ARP that a virtual address is his", () => {
  test("is reported by the master once, counted each time, and answered once", () => {
    const { segment, director, backup } = mastered();
    segment.clock.advance(seconds(1));
    const counters = () => director.driver?.state()[0]?.counters;
    const announced = counters()?.announcementsSent ?? 0;
    for (const operation of [arpOperations.request, arpOperations.reply, arpOperations.reply]) {
      segment.wire.injectFrame("stranger", claim(operation));
      segment.clock.advance(milliseconds(10));
    }
    const reported = director.events.filter(({ kind }) => kind === "dual-master");
    expect(reported).toEqual([
      { kind: "dual-master", instance: "web", priority: 150, address: virtual, hardwareAddress: "02:00:00:00:00:77" },
    ]);
    expect(counters()).toMatchObject({ addressClaims: 3, announcementsSent: announced + 1 });
    expect(backup.events.some(({ kind }) => kind === "dual-master")).toBe(false);
  });

  test("is of no interest when the address is none of ours", () => {
    const { segment, director } = mastered();
    segment.clock.advance(seconds(1));
    segment.wire.injectFrame("stranger", claim(arpOperations.reply, ip("10.9.0.99")));
    segment.clock.advance(milliseconds(10));
    expect(director.driver?.state()[0]?.counters.addressClaims).toBe(0);
  });

  test("is none when masters follow one another as they should", () => {
    const { segment, director, backup } = mastered();
    segment.add(3, vrrpModel(instanceModel({ priority: 200 })));
    segment.clock.advance(seconds(1));
    segment.directors[2]?.start();
    segment.clock.advance(seconds(1));
    segment.directors[2]?.stop();
    segment.clock.advance(seconds(1));
    director.kill();
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d2"]);
    for (const { events } of [director, backup])
      expect(events.filter(({ kind }) => kind === "dual-master")).toEqual([]);
  });

  test("may be a process of ours that was killed and whose address is still there: the new master says so", () => {
    const { segment, director, backup } = mastered();
    segment.clock.advance(seconds(1));
    director.kill();
    segment.clock.advance(seconds(1));
    segment.wire.injectFrame("d1", claim(arpOperations.reply));
    segment.clock.advance(milliseconds(10));
    expect(backup.events.at(-1)).toMatchObject({ kind: "dual-master", hardwareAddress: "02:00:00:00:00:77" });
  });
});

test("somebody else who advertises an IPv6 address of a master to its neighbours is reported", () => {
  const segment = new Segment();
  const virtualAddresses = [{ address: ip("2001:db8::100"), prefixLength: 64, interface: "eth0" }];
  const director = segment.add(1, vrrpModel(instanceModel({ virtualAddresses }))).start();
  segment.clock.advance(seconds(1));
  for (const address of [ip("2001:db8::200"), ip("2001:db8::100")])
    segment.wire.injectFrame("stranger", neighbourAdvertisement(strangersMac, address, false));
  segment.clock.advance(milliseconds(10));
  expect(director.events.filter(({ kind }) => kind === "dual-master")).toEqual([
    {
      ...{ kind: "dual-master", instance: "web", priority: 100 },
      ...{ address: ip("2001:db8::100"), hardwareAddress: "02:00:00:00:00:77" },
    },
  ]);
});

test("a new master asks once whether somebody else has its addresses, and reports who answers", () => {
  const { segment, director } = mastered({ ...usualGratuitousArp(1), probe: true });
  let probes = 0;
  segment.wire.watch((traffic) => {
    const packet = traffic.kind === "frame" && traffic.from === "d1" ? readArp(traffic.frame) : undefined;
    if (packet === undefined || addressFromBytes(packet.sender) !== ip("0.0.0.0")) return;
    probes += 1;
    segment.wire.injectFrame("keepalived that was killed", claim(arpOperations.reply));
  });
  segment.clock.advance(seconds(5));
  expect(probes).toBe(1);
  expect(director.events.filter(({ kind }) => kind === "dual-master")).toMatchObject([
    { address: virtual, hardwareAddress: "02:00:00:00:00:77" },
  ]);
});

test("a new master of an IPv6 address asks as a host asks that is about to take it", () => {
  const segment = new Segment();
  const virtualAddresses = [{ address: ip("2001:db8::100"), prefixLength: 64, interface: "eth0" }];
  const gratuitousArp = { ...usualGratuitousArp(1), probe: true };
  const director = segment.add(1, vrrpModel(instanceModel({ virtualAddresses, gratuitousArp }))).start();
  let questions = 0;
  segment.wire.watch((traffic) => {
    const isQuestion =
      traffic.kind === "frame" &&
      traffic.from === "d1" &&
      traffic.frame[discoveryOffsets.type] === discovery.solicitation;
    if (!isQuestion) return;
    questions += 1;
    segment.wire.injectFrame(
      "keepalived that was killed",
      neighbourAdvertisement(strangersMac, ip("2001:db8::100"), false),
    );
  });
  segment.clock.advance(seconds(5));
  expect(questions).toBe(1);
  expect(director.events.filter(({ kind }) => kind === "dual-master")).toMatchObject([
    { address: ip("2001:db8::100"), hardwareAddress: "02:00:00:00:00:77" },
  ]);
});

describe("neighbours that are to be verified", () => {
  const verify = [ip("10.9.0.254"), ip("10.9.0.253")];

  /** A neighbour that answers who asks from the virtual address. */
  function answering(segment: Segment, neighbour: IpAddress): void {
    segment.wire.watch((traffic) => {
      const asked = traffic.kind === "frame" ? readArp(traffic.frame) : undefined;
      if (asked === undefined || addressFromBytes(asked.target) !== neighbour) return;
      const [targetHardware, target] = [asked.senderHardware, asked.sender];
      const answer = { operation: arpOperations.reply, senderHardware: strangersMac, sender: asked.target };
      segment.wire.injectFrame("neighbour", arpFrame(targetHardware, { ...answer, targetHardware, target }));
    });
  }

  test("are asked by a new master; who answers has learnt it, and who does not in three seconds has not", () => {
    const { segment, director } = mastered({ ...usualGratuitousArp(1), verify });
    answering(segment, ip("10.9.0.254"));
    const checked = () => director.events.filter(({ kind }) => kind === "neighbour-checked");
    segment.clock.advance(seconds(1));
    const of = { kind: "neighbour-checked", instance: "web", address: virtual } as const;
    expect(checked()).toEqual([{ ...of, neighbour: ip("10.9.0.254"), learned: true }]);
    segment.clock.advance(seconds(3));
    expect(checked().slice(1)).toEqual([{ ...of, neighbour: ip("10.9.0.253"), learned: false }]);
    segment.clock.advance(seconds(10));
    expect(checked()).toHaveLength(2);
  });

  test("are asked nothing more when the master has yielded", () => {
    const { segment, director } = mastered({ ...usualGratuitousArp(1), verify });
    segment.clock.advanceUntil(() => director.stateOf() === "master", seconds(1));
    director.stop();
    segment.clock.advance(seconds(1));
    expect(director.events.filter(({ kind }) => kind === "neighbour-checked")).toEqual([]);
  });
});

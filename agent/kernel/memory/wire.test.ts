import { describe, expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import { elapsed, milliseconds, seconds } from "../../base/duration.ts";
import { seededRandom } from "../../base/random.ts";
import { vrrpGroups } from "../vrrp-socket.ts";
import { VirtualClock } from "./clock.ts";
import { MemoryLinks } from "./links.ts";
import { frameSocketsOf, idealConditions, partition, type Station, vrrpSocketsOf, Wire } from "./wire.ts";

const group = ip(vrrpGroups.ipv4);

function world(...names: string[]) {
  const clock = new VirtualClock();
  const wire = new Wire(clock, seededRandom(1));
  const heard: string[] = [];
  const directors = names.map((director, index) => {
    const links = new MemoryLinks(clock, [{ index: 2, name: "eth0" }]);
    const own = ip(`10.9.0.${index + 1}`);
    links.putAddress({ linkIndex: 2, address: own, prefixLength: 24 });
    const socket = wire.attach({ director, links, linkIndex: 2 }).vrrpSockets.open({
      family: "ipv4",
      linkIndex: 2,
      linkName: "eth0",
      group,
      onDatagram: ({ source, timeToLive, receivedAt }) =>
        heard.push(`${director} heard ${source} ttl ${timeToLive} at ${elapsed(start, receivedAt)}`),
      onTrouble: () => {},
    });
    return {
      links,
      send: (count = 1) =>
        socket.send(Array(count).fill({ source: own, destination: group, payload: new Uint8Array([1]) })),
    };
  });
  const start = clock.now();
  return { clock, wire, heard, directors };
}

describe("the virtual wire", () => {
  test("delivers to everybody else after the delay of each way", () => {
    const { clock, wire, heard, directors } = world("a", "b", "c");
    wire.conditions = { ...idealConditions, delay: (_, to) => milliseconds(to === "b" ? 3 : 1) };
    directors[0]?.send();
    expect(heard).toEqual([]);
    clock.advance(seconds(1));
    expect(heard).toEqual(["c heard 10.9.0.1 ttl 255 at 1", "b heard 10.9.0.1 ttl 255 at 3"]);
  });

  test("loses the share that it is told to lose, and the same again with the same seed", () => {
    const counts = [1, 2].map(() => {
      const { clock, wire, heard, directors } = world("a", "b");
      wire.conditions = { ...idealConditions, loss: () => 0.25 };
      directors[0]?.send(1000);
      clock.advance(seconds(1));
      return heard.length;
    });
    expect(counts[0]).toBe(counts[1] ?? -1);
    expect(counts[0]).toBeWithin(700, 800);
  });

  test("is cut into groups by a partition and whole again afterwards", () => {
    const { clock, wire, heard, directors } = world("a", "b", "c");
    wire.conditions = { ...idealConditions, ...partition([["a", "c"], ["b"]]) };
    directors[0]?.send();
    clock.advance(seconds(1));
    wire.conditions = idealConditions;
    directors[1]?.send();
    clock.advance(seconds(1));
    expect(heard.map((line) => line.split(" ttl")[0])).toEqual([
      "c heard 10.9.0.1",
      "a heard 10.9.0.2",
      "c heard 10.9.0.2",
    ]);
  });

  test("delivers nothing to an interface without a carrier, not even what is under way", () => {
    const { clock, wire, heard, directors } = world("a", "b");
    wire.conditions = { ...idealConditions, delay: () => milliseconds(5) };
    directors[0]?.send();
    directors[1]?.links.setLink(2, { running: false });
    clock.advance(seconds(1));
    expect(heard).toEqual([]);
  });

  test("carries what a stranger sends, with the time to live that he chose", () => {
    const { clock, wire, heard } = world("a", "b");
    wire.inject("stranger", "ipv4", { source: ip("192.0.2.9"), destination: group, payload: new Uint8Array() }, 64);
    clock.advance(seconds(1));
    expect(heard).toEqual(["a heard 192.0.2.9 ttl 64 at 0", "b heard 192.0.2.9 ttl 64 at 0"]);
  });

  test("shows everything that is sent, arriving or not", () => {
    const { wire, directors } = world("a", "b");
    wire.conditions = { ...idealConditions, joined: () => false };
    const seen: string[] = [];
    const watcher = wire.watch((traffic) => seen.push(`${traffic.from} ${traffic.kind}`));
    directors[0]?.send();
    watcher.close();
    directors[0]?.send();
    expect(seen).toEqual(["a datagram"]);
  });

  test("a director on two segments opens each socket on the segment of its interface", () => {
    const clock = new VirtualClock();
    const links = new MemoryLinks(clock, [
      { index: 2, name: "eth0" },
      { index: 3, name: "eth1" },
    ]);
    links.putAddress({ linkIndex: 2, address: ip("10.9.0.1"), prefixLength: 24 });
    const seen: string[] = [];
    const stations: Station[] = [2, 3].map((linkIndex) => {
      const wire = new Wire(clock, seededRandom(1));
      wire.watch(({ kind }) => seen.push(`${kind} on ${linkIndex}`));
      return wire.attach({ director: "a", links, linkIndex });
    });
    const options = { family: "ipv4", linkName: "eth1", group, onDatagram: () => {}, onTrouble: () => {} } as const;
    const payload = new Uint8Array();
    vrrpSocketsOf(stations)
      .open({ ...options, linkIndex: 3 })
      .send([{ source: ip("10.9.0.1"), destination: group, payload }]);
    frameSocketsOf(stations).open(2).send([payload]);
    expect(seen).toEqual(["datagram on 3", "frame on 2"]);
    expect(() => vrrpSocketsOf(stations).open({ ...options, linkIndex: 4 })).toThrow("ENODEV");
  });
});

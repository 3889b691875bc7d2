// Where virtual addresses lie when the kernel refuses, somebody removes them, or an interface goes away.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { Traffic } from "../../agent/kernel/memory/wire.ts";
import { usualGratuitousArp } from "../support/vrrp-defaults.ts";
import { address, backup, changes, lying, master, vip } from "./lying-addresses.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

describe("what the kernel refuses", () => {
  test("is not shown as held, and is told as added when it succeeds", () => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel()));
    director.links.refuse = (call) => (call === "put address" ? "EPERM" : undefined);
    director.start();
    segment.clock.advance(seconds(1));
    const shown = () => director.driver?.state()[0]?.virtualAddresses.map(({ held }) => held);
    expect([director.stateOf(), shown(), changes(director)]).toEqual(["master", [false], []]);
    director.links.refuse = () => undefined;
    segment.clock.advance(seconds(1));
    expect([shown(), changes(director)]).toEqual([[true], ["added"]]);
  });
});

describe("somebody who removes the address of a master again and again", () => {
  const form = { linkIndex: eth0, address: vip, prefixLength: 24 };

  /** Removes the address whenever it is there, every so many milliseconds; gives how often that was. */
  function fight({ segment, director }: ReturnType<typeof master>, length: number, every = 1): number {
    let removed = 0;
    for (let passed = 0; passed < length; passed += every) {
      if (director.links.has(vip)) {
        removed += 1;
        director.links.disturb(form);
      }
      segment.clock.advance(milliseconds(every));
    }
    return removed;
  }

  const told = (director: Director) =>
    director.events.flatMap((event) =>
      event.kind === "address-changed" ? [[event.change, event.times ?? 1, event.during ?? 0]] : [],
    );

  test("is told of at once, and then at growing intervals with the number of losses", () => {
    const { segment, director } = master();
    director.events.length = 0;
    const removed = fight({ segment, director }, 7500, 50);
    segment.clock.advance(seconds(10));
    const losses = told(director).filter(([change]) => change === "lost");
    expect(losses.map(([, , during]) => during)).toEqual([0, 1000, 2000, 4000, 8000]);
    expect(losses.reduce((sum, [, times]) => sum + Number(times), 0)).toBe(removed);
    expect(told(director).map(([change]) => change)).toEqual(losses.flatMap(() => ["lost", "added"] as const));
  });

  test("is answered 20 times in a second at most, and then every 100 ms", () => {
    const removed = fight(master(), 10_000);
    expect([removed > 100, removed < 130]).toEqual([true, true]);
  });

  test("finds it repaired at once as long as that is not too often", () => {
    const { segment, director } = master();
    for (let time = 0; time < 30; time += 1) {
      director.links.disturb(form);
      segment.clock.advance(milliseconds(0));
      expect(director.held()).toEqual([vip]);
      segment.clock.advance(milliseconds(60));
    }
  });

  test("is news again after a quiet minute", () => {
    const { segment, director } = master();
    fight({ segment, director }, 3000, 50);
    segment.clock.advance(seconds(61));
    director.events.length = 0;
    director.links.disturb(form);
    segment.clock.advance(milliseconds(0));
    expect(told(director)).toEqual([
      ["lost", 1, 0],
      ["added", 1, 0],
    ]);
  });

  test("is told of to the last when the master ends", () => {
    const { segment, director } = master();
    fight({ segment, director }, 500, 50);
    director.driver?.configure(vrrpModel());
    expect(
      told(director)
        .map(([change, times]) => `${change} ${times}`)
        .slice(-3),
    ).toEqual(["lost 9", "added 1", "removed 1"]);
    segment.clock.advance(seconds(100));
    expect(director.held()).toEqual([]);
  });
});

describe("an interface", () => {
  test("whose own primary address is removed and takes the virtual one along gets that back at once, with one report", () => {
    const { segment, director } = master();
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.1.7"), prefixLength: 24 });
    segment.clock.advance(milliseconds(10));
    director.events.length = 0;
    director.links.disturb({ linkIndex: eth0, address: director.address, prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    expect(director.held()).toEqual([vip]);
    director.links.putAddress({ linkIndex: eth0, address: ip("10.9.0.7"), prefixLength: 24 });
    segment.clock.advance(seconds(5));
    expect([director.stateOf(), director.held(), changes(director), director.events.length]).toEqual([
      "master",
      [vip],
      ["lost", "added"],
      2,
    ]);
  });

  test("that gets another name is left without the address", () => {
    const { segment, director } = master({}, milliseconds(0));
    director.links.setLink(eth0, { name: "lan0" });
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), lying(director)]).toEqual(["fault", []]);
  });

  test("that gets another hardware address is announced anew", () => {
    const { segment, director } = master({
      gratuitousArp: usualGratuitousArp(2),
    });
    const senders: string[] = [];
    segment.wire.watch((one) => one.kind === "frame" && senders.push(one.frame.slice(6, 12).toHex()));
    director.links.setLink(eth0, { hardwareAddress: Uint8Array.of(2, 1, 2, 3, 4, 5) });
    segment.clock.advance(milliseconds(10));
    expect(senders).toEqual(["020102030405", "020102030405"]);
  });

  test("from which somebody removes the address gets it back, and it is announced there", () => {
    const { segment, director } = master();
    const frames: Traffic[] = [];
    segment.wire.watch((one) => one.kind === "frame" && frames.push(one));
    director.links.disturb({ linkIndex: eth0, address: vip, prefixLength: 24 });
    segment.clock.advance(milliseconds(0));
    expect([director.held(), frames.length]).toEqual([[vip], 5]);
  });

  test("that is none of ours changes without anything being listed anew", () => {
    const { segment, director } = master();
    let listed = 0;
    director.links.refuse = (call) => {
      if (call === "list addresses") listed += 1;
      return undefined;
    };
    for (let index = 10; index < 60; index += 1) director.links.setLink(index, { name: `veth${index}` });
    for (let index = 10; index < 60; index += 1) director.links.removeLink(index);
    segment.clock.advance(seconds(1));
    expect(listed).toBe(0);
  });
});

test("a socket that is refused for one instance does not keep lost addresses of another from being put back", () => {
  const segment = new Segment();
  const other = instanceModel({ name: "other", interface: "eth1", virtualAddresses: [address("10.9.0.101")] });
  const director = segment.add(1, vrrpModel(instanceModel(), other));
  director.links.setLink(3, { name: "eth1" });
  director.links.putAddress({ linkIndex: 3, address: ip("10.9.1.1"), prefixLength: 24 });
  director.start();
  segment.clock.advance(seconds(1));
  expect([director.stateOf(), director.stateOf("other")]).toEqual(["master", "fault"]);
  director.links.disturb({ linkIndex: eth0, address: vip, prefixLength: 24 });
  segment.clock.advance(milliseconds(100));
  expect(director.links.has(vip)).toBe(true);
});

test("a backup that was stopped while its master went on reads what waits before it takes over", () => {
  for (let stopped = 260; stopped <= 500; stopped += 20) {
    const { segment, director } = backup();
    director.start();
    segment.clock.advance(seconds(1));
    const announced: string[] = [];
    segment.wire.watch((one) => one.kind === "frame" && announced.push(`${one.from} after ${stopped} ms`));
    director.gate?.pause();
    segment.clock.advance(milliseconds(stopped));
    director.gate?.resume(() => 0);
    segment.clock.advance(seconds(1));
    expect([director.stateOf(), announced]).toEqual(["backup", []]);
  }
});

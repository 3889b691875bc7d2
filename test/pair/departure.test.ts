// Advertisements that leave by themselves at their time: whatever the process does then, and never after it has decided otherwise.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import { encodeAdvertisement } from "../../agent/vrrp/core/packets/advertisement.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

/** A master that advertises every 100 ms and has just done so, and a backup that hears it; what the master says from now on. */
function pair(other: Partial<VrrpInstanceModel> = {}) {
  const segment = new Segment();
  const backup = segment.add(1, vrrpModel(instanceModel({ priority: 100, ...other }))).start();
  const master = segment.add(2, vrrpModel(instanceModel({ priority: 150, ...other }))).start();
  segment.clock.advance(seconds(1));
  const said: { readonly at: number; readonly priority: number }[] = [];
  segment.wire.watch((traffic) => {
    if (traffic.from !== master.name || traffic.kind !== "datagram") return;
    said.push({ at: segment.clock.now(), priority: traffic.datagram.payload[2] ?? 0 });
  });
  while (said.length === 0) segment.clock.advanceTo(segment.clock.nextDeadline() ?? segment.clock.now());
  const start = segment.clock.now();
  said.length = 0;
  const times = () => said.map(({ at }) => Math.round(at - start));
  return { segment, master, backup, said, times };
}

function goOn(segment: Segment, director: Director) {
  director.gate?.resume(segment.random);
}

describe("a master whose process is busy when its advertisement is due", () => {
  test("has advertised all the same, once and at its time, and keeps its cadence", () => {
    const { segment, master, times } = pair();
    master.gate?.holdUp();
    segment.clock.advance(milliseconds(140));
    expect(times()).toEqual([100]);
    goOn(segment, master);
    segment.clock.advance(milliseconds(200));
    expect(times()).toEqual([100, 200, 300]);
    expect(master.driver?.state()[0]?.counters).toMatchObject({ becameMaster: 1 });
  });

  test("counts what has left by itself", () => {
    const { segment, master, said } = pair();
    const sent = () => master.driver?.state()[0]?.counters.advertisementsSent ?? 0;
    const before = sent();
    segment.clock.advance(seconds(1));
    expect([sent() - before, said.length]).toEqual([10, 10]);
  });

  test("for long falls silent after that one, and gives up before it says anything more", () => {
    const { segment, master, times } = pair();
    master.gate?.holdUp();
    segment.clock.advance(seconds(2));
    expect([times(), segment.masters()]).toEqual([[100], ["d1", "d2"]]);
    goOn(segment, master);
    segment.clock.advance(milliseconds(1));
    expect([times(), master.stateOf(), master.held()]).toEqual([[100], "backup", []]);
  });

  test("has not advertised what it signs: a signature counts the time", () => {
    const keys = [{ id: 1, hex: "00112233445566778899aabbccddeeff" }];
    const rules = { mode: "enforce", antiReplay: "time", timeWindow: seconds(1) } as const;
    const { segment, master, times } = pair({ hmac: { ...rules, keys, activeKey: 1 } });
    master.gate?.holdUp();
    segment.clock.advance(milliseconds(140));
    expect(times()).toEqual([]);
  });

  test("has not advertised when its machine stood still meanwhile", () => {
    const { segment, master, times } = pair();
    master.suspend();
    segment.clock.advance(milliseconds(20));
    master.machine.resume();
    segment.clock.advance(milliseconds(120));
    expect(times()).toEqual([]);
  });
});

describe("nothing leaves by itself", () => {
  test("after the process has said that it ends", () => {
    const { segment, master, said } = pair();
    segment.clock.advance(milliseconds(50));
    master.driver?.stop({ keep: false });
    segment.clock.advance(milliseconds(500));
    expect(said.map(({ priority }) => priority)).toEqual([0]);
  });

  test("after a higher master was heard", () => {
    const { segment, master, said } = pair();
    segment.clock.advance(milliseconds(50));
    segment.wire.inject("stranger", "ipv4", advertisementOf(200));
    segment.clock.advance(milliseconds(200));
    expect([said, master.stateOf()]).toEqual([[], "backup"]);
  });

  test("after the link was lost, or the priority became another one", () => {
    const { segment, master, said } = pair();
    master.configure(vrrpModel(instanceModel({ priority: 160 })));
    segment.clock.advance(milliseconds(150));
    expect(said.map(({ priority }) => priority)).toEqual([160, 160]);
    master.links.setLink(eth0, { running: false });
    segment.clock.advance(seconds(1));
    expect(said.slice(2).filter(({ priority }) => priority > 0)).toEqual([]);
  });

  test("and later than half an interval after its time", () => {
    const { segment, master, times } = pair();
    master.gate?.pause();
    segment.clock.advance(milliseconds(160));
    expect(times()).toEqual([]);
    goOn(segment, master);
    expect(times()).toEqual([160]);
    segment.clock.advance(milliseconds(100));
    expect(times()).toEqual([160, 200]);
  });
});

function advertisementOf(priority: number) {
  const envelope = { source: ip("10.9.0.66"), destination: ip("224.0.0.18") };
  const body = { version: 3, virtualRouterId: 51, priority, interval: milliseconds(100) } as const;
  const payload = encodeAdvertisement({ ...body, addresses: [ip("10.9.0.100")] }, envelope, true);
  return { ...envelope, payload };
}

// The first advertisement of a takeover leaves by itself at its time: whatever the process does then, and never while something is unread that may
// say that nobody has to take over.

import { describe, expect, test } from "bun:test";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { VrrpModel } from "../../agent/config/model.ts";
import { Wire } from "../../agent/kernel/memory/wire.ts";
import { type Director, instanceModel, Segment, vrrpModel } from "./segment.ts";

/** Priority 100, an interval of 100 ms. */
const masterDownInterval = 361;

/** A backup that has just heard its master, and what it says from now on, with the milliseconds since. */
function pair(model: (priority: number) => VrrpModel = (priority) => vrrpModel(instanceModel({ priority }))) {
  const segment = new Segment();
  segment.back = new Wire(segment.clock, segment.random);
  const backup = segment.add(1, model(100)).start();
  const master = segment.add(2, model(150)).start();
  segment.clock.advance(seconds(1));
  let heardAt = segment.clock.now();
  const said: { readonly after: number; readonly priority: number }[] = [];
  segment.wire.watch(({ kind, from, at, ...traffic }) => {
    if (kind === "datagram" && from === master.name) heardAt = at;
    if (kind === "datagram" && from === backup.name && "datagram" in traffic)
      said.push({ after: Math.round(at - heardAt), priority: traffic.datagram.payload[2] ?? 0 });
  });
  const start = segment.clock.now();
  while (heardAt === start) segment.clock.advanceTo(segment.clock.nextDeadline() ?? start);
  return { segment, backup, master, said };
}

function goOn(segment: Segment, director: Director) {
  director.gate?.resume(segment.random);
}

describe("a backup whose process is busy when its master counts as down", () => {
  test("has said so all the same, once and at its time, and is master from then on", () => {
    const { segment, backup, master, said } = pair();
    master.kill();
    segment.clock.advance(milliseconds(200));
    backup.gate?.holdUp();
    segment.clock.advance(milliseconds(190));
    expect([said, backup.held()]).toEqual([[{ after: masterDownInterval, priority: 100 }], []]);
    goOn(segment, backup);
    expect([backup.stateOf(), backup.held().length]).toEqual(["master", 1]);
    segment.clock.advance(milliseconds(200));
    expect(said.map(({ after }) => after)).toEqual([0, 100, 200].map((since) => masterDownInterval + since));
    expect(backup.driver?.state()[0]?.counters).toMatchObject({ becameMaster: 1, advertisementsSent: 3 });
    expect(backup.driver?.state()[0]?.explanation).toMatchObject({ row: "backup: master down deadline" });
  });

  test("says nothing while something of the master's is unread, and stays backup when it has read it", () => {
    const { segment, backup, said } = pair();
    backup.gate?.holdUp();
    segment.clock.advance(milliseconds(380));
    goOn(segment, backup);
    segment.clock.advance(seconds(1));
    expect([said, backup.stateOf()]).toEqual([[], "backup"]);
  });

  test("for long gives up before it says anything more", () => {
    const { segment, backup, master, said } = pair();
    master.kill();
    segment.clock.advance(milliseconds(200));
    backup.gate?.holdUp();
    segment.clock.advance(seconds(2));
    goOn(segment, backup);
    expect([said.length, backup.stateOf(), backup.held()]).toEqual([1, "backup", []]);
  });

  test("says nothing when the machine stood still, nor later than half an interval after its time", () => {
    for (const length of [20, 230]) {
      const { segment, backup, master, said } = pair();
      master.kill();
      segment.clock.advance(milliseconds(200));
      if (length < 100) backup.suspend();
      else backup.gate?.pause();
      segment.clock.advance(milliseconds(length));
      if (length < 100) backup.machine.resume();
      else goOn(segment, backup);
      segment.clock.advance(milliseconds(400 - 200 - length));
      expect(said).toEqual([]);
    }
  });
});

describe("a takeover does not leave by itself", () => {
  test("when it is signed, in a sync group, or where several paths have to be silent", () => {
    const keys = [{ id: 1, hex: "00112233445566778899aabbccddeeff" }];
    const hmac = { mode: "enforce", antiReplay: "time", timeWindow: seconds(1), keys, activeKey: 1 } as const;
    const furtherPaths = [{ interface: "eth1", multicastGroup: instanceModel().multicastGroup }];
    const mail = { name: "mail", virtualRouterId: 52, virtualAddresses: [] };
    const models: ((priority: number) => VrrpModel)[] = [
      (priority) => vrrpModel(instanceModel({ priority, hmac })),
      (priority) => vrrpModel(instanceModel({ priority, furtherPaths })),
      (priority) => ({
        ...vrrpModel(instanceModel({ priority }), instanceModel({ priority, ...mail })),
        syncGroups: [{ name: "all", members: ["web", "mail"] }],
      }),
    ];
    for (const model of models) {
      const { segment, backup, master, said } = pair(model);
      master.kill();
      segment.clock.advance(milliseconds(200));
      backup.gate?.holdUp();
      segment.clock.advance(milliseconds(190));
      expect(said).toEqual([]);
    }
  });

  test("after the process has said that it ends, or was given another priority", () => {
    const { segment, backup, master, said } = pair();
    master.kill();
    segment.clock.advance(milliseconds(200));
    backup.configure(vrrpModel(instanceModel({ priority: 200 })));
    segment.clock.advance(milliseconds(150));
    expect(said).toEqual([{ after: 322, priority: 200 }]);
    said.length = 0;
    const ended = pair();
    ended.master.kill();
    ended.segment.clock.advance(milliseconds(200));
    ended.backup.stop();
    ended.segment.clock.advance(seconds(1));
    expect(ended.said).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import { instanceModel, Segment, vrrpModel } from "./segment.ts";

function pair() {
  const segment = new Segment();
  const backup = segment.add(1, vrrpModel(instanceModel({ priority: 100 }))).start();
  const master = segment.add(2, vrrpModel(instanceModel({ priority: 150 }))).start();
  segment.clock.advance(seconds(1));
  return { segment, backup, master };
}

describe("a master whose machine is suspended", () => {
  test("for long gives up its address before it says anything, and says why", () => {
    const { segment, master } = pair();
    master.suspend();
    segment.clock.advance(seconds(5));
    expect(segment.masters()).toEqual(["d1", "d2"]);
    const said: string[] = [];
    segment.wire.watch(({ from }) => said.push(from));
    master.resume();
    segment.clock.advance(milliseconds(99));
    expect([said.includes("d2"), master.held()]).toEqual([false, []]);
    expect(master.driver?.state()[0]).toMatchObject({
      state: "backup",
      reason: "the machine was suspended for 5s: another router may have taken over",
    });
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d2"]);
  });

  test("for a moment goes on, and nobody has noticed", () => {
    const { segment, master } = pair();
    master.events.length = 0;
    master.suspend();
    segment.clock.advance(milliseconds(150));
    master.resume();
    segment.clock.advance(seconds(1));
    expect([segment.masters(), master.events]).toEqual([["d2"], []]);
  });
});

test("a backup whose machine is suspended does not take over from a master that it can hear again", () => {
  const { segment, backup, master } = pair();
  backup.events.length = 0;
  backup.suspend();
  segment.clock.advance(seconds(5));
  backup.resume();
  segment.clock.advance(seconds(1));
  expect([segment.masters(), backup.events]).toEqual([[master.name], []]);
});

describe("a director that waits to begin", () => {
  const delayed = (startupDelay: number, delayAfterBoot = 0) => {
    const model = vrrpModel(instanceModel({ priority: 150 }));
    const general = { startupDelay: milliseconds(startupDelay), delayAfterBoot: milliseconds(delayAfterBoot) };
    return { ...model, general: { ...model.general, ...general } };
  };

  test("listens from then on", () => {
    const segment = new Segment();
    const director = segment.add(1, delayed(5000)).start();
    segment.clock.advance(milliseconds(4999));
    expect(director.stateOf()).toBe("initialize");
    segment.clock.advance(milliseconds(2));
    expect(director.stateOf()).toBe("backup");
  });

  test("counts from the boot of the machine as well, whatever is later", () => {
    const segment = new Segment();
    const uptime = segment.clock.now();
    const director = segment.add(1, delayed(1000, uptime + 3000)).start();
    segment.clock.advance(milliseconds(2999));
    expect(director.stateOf()).toBe("initialize");
    segment.clock.advance(milliseconds(2));
    expect(director.stateOf()).toBe("backup");
  });

  test("does not wait when it is continued as master, nor with an instance that is added later", () => {
    const segment = new Segment();
    const director = segment.add(1, delayed(1000)).start();
    segment.clock.advance(seconds(3));
    director.kill();
    segment.clock.advance(milliseconds(100));
    director.start();
    expect(director.stateOf()).toBe("master");
    segment.clock.advance(seconds(2));
    director.configure({ ...delayed(1000), instances: [instanceModel({ name: "new", virtualRouterId: 7 })] });
    expect(director.stateOf("new")).toBe("backup");
  });
});

test("two address owners that ignore each other both stay, and both report it", () => {
  const segment = new Segment();
  for (const number of [1, 2])
    segment.add(number, vrrpModel(instanceModel({ priority: 255, ownerIgnoreAdverts: true }))).start();
  segment.clock.advance(seconds(1));
  expect(segment.masters()).toEqual(["d1", "d2"]);
  for (const { events } of segment.directors)
    expect(events.filter(({ kind }) => kind === "dual-master")).toHaveLength(1);
});

test("a process that comes back resumes as master only while no other director can have taken over", () => {
  const resumed = (timerExpiredBackup: number | undefined) => {
    const segment = new Segment();
    const director = segment.add(1, vrrpModel(instanceModel({ priority: 1, timerExpiredBackup }))).start();
    segment.clock.advance(seconds(1));
    director.kill();
    segment.clock.advance(milliseconds(305));
    director.start();
    return director.stateOf();
  };
  expect([resumed(undefined), resumed(254)]).toEqual(["master", "backup"]);
});

// What instances track, through the whole driver: priorities that change, faults that come and go, interfaces whose changes must last.

import { describe, expect, test } from "bun:test";
import { milliseconds, seconds } from "../../agent/base/duration.ts";
import type { TrackerModel, VrrpInstanceModel, WatchedModel } from "../../agent/config/model.ts";
import type { Event } from "../../agent/events/event.ts";
import type { Finding } from "../../agent/vrrp/tracking/watcher.ts";
import { type Director, eth0, instanceModel, Segment, vrrpModel } from "./segment.ts";

const eth1 = 3;
const watched: WatchedModel = {
  programs: { user: undefined, group: undefined, secure: true },
  scripts: [],
  processes: [],
  files: [],
};

function tracker(kind: TrackerModel["kind"], name: string, weight = 0): TrackerModel {
  return { kind, name, weight, reverse: false };
}

function finding(kind: Finding["kind"], name: string, up: boolean, value?: number): Finding {
  const reading = { up, reason: up ? "is up" : "ended with exit code 1" };
  return { kind, name, reading: value === undefined ? reading : { ...reading, value } };
}

/** Two directors, the first with priority 110 and these trackers, the second with 100; both have run long enough to have a master. */
function pair(trackers: readonly TrackerModel[], other: Partial<VrrpInstanceModel> = {}) {
  const segment = new Segment();
  const model = { ...vrrpModel(instanceModel({ priority: 110, trackers, ...other })), watched };
  const first = segment.add(1, model);
  first.links.setLink(eth1, { name: "eth1" });
  first.start();
  const second = segment.add(2, vrrpModel(instanceModel())).start();
  segment.clock.advance(seconds(2));
  return { segment, first, second };
}

function priorities(director: Director): string[] {
  return director.events.flatMap((event: Event) =>
    event.kind === "vrrp-priority-changed" ? [`${event.from} -> ${event.to}: ${event.reason}`] : [],
  );
}

const view = (director: Director) => director.driver?.state()[0];

describe("a tracker with a weight", () => {
  test("below 0 that fails takes so much off that the other director takes over, and gives it back", () => {
    const { segment, first, second } = pair([tracker("script", "web", -20)]);
    expect(segment.masters()).toEqual(["d1"]);
    first.tell(finding("script", "web", false));
    segment.clock.advance(seconds(1));
    expect([segment.masters(), view(first)?.priority, view(first)?.effectivePriority]).toEqual([["d2"], 110, 90]);
    first.tell(finding("script", "web", true));
    segment.clock.advance(seconds(1));
    expect([segment.masters(), second.held()]).toEqual([["d1"], []]);
    expect(priorities(first)).toEqual([
      '110 -> 90: tracked script "web" ended with exit code 1',
      '90 -> 110: tracked script "web" is up',
    ]);
  });

  test("is advertised at once by a master that stays one", () => {
    const { segment, first } = pair([tracker("file", "load", 1)]);
    const before = view(first)?.counters.advertisementsSent ?? 0;
    first.tell(finding("file", "load", true, 5));
    expect([view(first)?.effectivePriority, view(first)?.counters.advertisementsSent]).toEqual([115, before + 1]);
    expect(segment.masters()).toEqual(["d1"]);
  });
});

describe("a tracker without a weight", () => {
  test("that fails is a fault, which says why, and the other takes over within its skew time", () => {
    const { segment, first } = pair([tracker("process", "haproxy")]);
    first.tell(finding("process", "haproxy", false));
    segment.clock.advance(milliseconds(70));
    expect([segment.masters(), first.stateOf(), first.held()]).toEqual([["d2"], "fault", []]);
    expect(view(first)?.reason).toBe('tracked process "haproxy" ended with exit code 1');
    first.tell(finding("process", "haproxy", true));
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1"]);
  });

  test("leaves the instance in fault until the last of several is back", () => {
    const { segment, first } = pair([tracker("script", "a"), tracker("script", "b")]);
    first.tell(finding("script", "a", false));
    first.tell(finding("script", "b", false));
    first.tell(finding("script", "a", true));
    segment.clock.advance(seconds(2));
    expect([first.stateOf(), view(first)?.reason]).toEqual(["fault", 'tracked script "b" ended with exit code 1']);
    first.tell(finding("script", "b", true));
    segment.clock.advance(seconds(2));
    expect(first.stateOf()).toBe("master");
  });

  test("keeps what is known of it over a change of the configuration", () => {
    const { segment, first } = pair([tracker("script", "web")]);
    first.tell(finding("script", "web", false));
    first.configure({ ...first.model, instances: first.model.instances.map((one) => ({ ...one, preempt: false })) });
    segment.clock.advance(seconds(1));
    expect(first.stateOf()).toBe("fault");
    first.configure({ ...first.model, instances: first.model.instances.map((one) => ({ ...one, trackers: [] })) });
    segment.clock.advance(seconds(1));
    expect(first.stateOf()).toBe("backup");
  });
});

describe("a tracked interface", () => {
  test("that goes down is a fault without a weight, and one that is renamed is not there", () => {
    const { segment, first } = pair([tracker("interface", "eth1")]);
    first.links.setLink(eth1, { running: false });
    segment.clock.advance(milliseconds(100));
    expect([first.stateOf(), view(first)?.reason]).toEqual([
      "fault",
      'tracked interface "eth1" is down or has no carrier',
    ]);
    first.links.setLink(eth1, { running: true });
    segment.clock.advance(seconds(1));
    expect(first.stateOf()).toBe("master");
    first.links.setLink(eth1, { name: "lan" });
    segment.clock.advance(milliseconds(100));
    expect(view(first)?.reason).toBe('tracked interface "eth1" does not exist');
  });

  test("that is removed and made again, with another index, is back", () => {
    const { segment, first } = pair([tracker("interface", "eth1", -30)]);
    first.links.removeLink(eth1);
    segment.clock.advance(milliseconds(100));
    expect(view(first)?.effectivePriority).toBe(80);
    first.links.setLink(17, { name: "eth1" });
    segment.clock.advance(milliseconds(100));
    expect(view(first)?.effectivePriority).toBe(110);
  });
});

describe("delays of an interface", () => {
  const interfaceDelays = [{ interface: "eth0", down: milliseconds(200), up: milliseconds(300) }];

  test("a link that is down for less changes nothing; one that stays down does after the delay", () => {
    const { segment, first } = pair([]);
    first.configure({ ...first.model, interfaceDelays });
    first.links.setLink(eth0, { running: false });
    segment.clock.advance(milliseconds(190));
    first.links.setLink(eth0, { running: true });
    segment.clock.advance(seconds(1));
    expect(first.events.filter(({ kind }) => kind === "vrrp-state-changed").length).toBe(2);
    first.links.setLink(eth0, { running: false });
    segment.clock.advance(milliseconds(199));
    expect(first.stateOf()).toBe("master");
    segment.clock.advance(milliseconds(1));
    expect(first.stateOf()).toBe("fault");
    first.links.setLink(eth0, { running: true });
    segment.clock.advance(milliseconds(299));
    expect(first.stateOf()).toBe("fault");
    segment.clock.advance(milliseconds(1));
    expect(first.stateOf()).toBe("backup");
  });
});

test("an instance that does not follow its own link stays what it is while that is down, but not without the interface", () => {
  const { segment, first } = pair([], { ignoresOwnLink: true });
  first.links.setLink(eth0, { running: false });
  segment.clock.advance(milliseconds(150));
  expect(first.stateOf()).toBe("master");
  first.links.removeLink(eth0);
  segment.clock.advance(milliseconds(100));
  expect(first.stateOf()).toBe("fault");
});

describe("a BFD session that is tracked", () => {
  const isUp = { up: true, reason: "is up" };
  const isDown = { up: false, reason: "was not heard for 50ms" };
  const say = (director: Director, reading: typeof isUp & { readonly undecided?: true }) => {
    director.sessions.set("edge", reading);
    director.driver?.onSession("edge");
  };

  test("is a fault while it is down, from the start on, and says why", () => {
    const { segment, first } = pair([tracker("bfd", "edge")]);
    expect([segment.masters(), first.stateOf(), view(first)?.reason]).toEqual([
      ...[["d2"], "fault"],
      'tracked bfd "edge" does not run',
    ]);
    say(first, isUp);
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1"]);
    say(first, isDown);
    expect([first.stateOf(), view(first)?.reason]).toEqual(["fault", 'tracked bfd "edge" was not heard for 50ms']);
  });

  test("with a weight moves the priority, and says so once", () => {
    const { segment, first } = pair([tracker("bfd", "edge", -20)]);
    expect(view(first)?.effectivePriority).toBe(90);
    say(first, isUp);
    say(first, isUp);
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1"]);
    expect(priorities(first)).toEqual(['90 -> 110: tracked bfd "edge" is up']);
  });

  test("that a running master is given anew moves nothing until it is known what it is", () => {
    const { segment, first } = pair([]);
    first.sessions.set("edge", { up: false, undecided: true, reason: "has not come up yet" });
    first.configure(vrrpModel(instanceModel({ priority: 110, trackers: [tracker("bfd", "edge")] })));
    segment.clock.advance(seconds(1));
    expect(segment.masters()).toEqual(["d1"]);
    say(first, isDown);
    expect(first.stateOf()).toBe("fault");
  });
});

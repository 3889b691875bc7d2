import { describe, expect, test } from "bun:test";
import type { TrackerKind, TrackerModel } from "../../../config/model.ts";
import { type TrackerReading, weighTrackers } from "./tracking.ts";

function tracker(kind: TrackerKind, weight: number, more: Partial<TrackerModel> = {}): TrackerModel {
  return { kind, name: "one", weight, reverse: false, ...more };
}
const up: TrackerReading = { up: true, reason: "is up" };
const down: TrackerReading = { up: false, reason: "is down" };
const says = (value: number): TrackerReading => ({ up: true, value, reason: "" });

/** What one tracker makes of priority 100: the new one, or "fault". */
function made(model: TrackerModel, reading: TrackerReading): number | "fault" {
  const { effectivePriority, fault } = weighTrackers(100, [model], () => reading);
  return fault === undefined ? effectivePriority : "fault";
}

describe("a tracked interface, script or process", () => {
  test.each([
    ["above 0 adds while it is up", 10, false, 110, 100],
    ["below 0 takes off while it is down", -10, false, 100, 90],
    ["0 is a fault while it is down", 0, false, 100, "fault"],
    ["above 0, reversed, takes off while it is up", 10, true, 90, 100],
    ["below 0, reversed, adds while it is down", -10, true, 100, 110],
    ["0, reversed, is a fault while it is up", 0, true, "fault", 100],
  ] as const)("with a weight %s", (_, weight, reverse, whenUp, whenDown) => {
    expect([
      made(tracker("script", weight, { reverse }), up),
      made(tracker("script", weight, { reverse }), down),
    ]).toEqual([whenUp, whenDown]);
  });
});

test("what is undecided counts in no direction, whatever the weight", () => {
  const undecided: TrackerReading = { up: false, undecided: true, reason: "has not come up yet" };
  for (const weight of [10, -10, 0])
    for (const reverse of [false, true]) expect(made(tracker("bfd", weight, { reverse }), undecided)).toBe(100);
});

describe("a tracked file", () => {
  test.each([
    ["its number times the weight is added", 2, false, 5, 110],
    ["the other way round when reversed", 2, true, 5, 90],
    ["-253 is the most it may take off", 1, false, -253, 1],
    ["below that it is a fault", 1, false, -254, "fault"],
    ["a fault also by its weight", -100, false, 3, "fault"],
    ["weight 0: 0 is good", 0, false, 0, 100],
    ["weight 0: anything else is a fault", 0, false, 1, "fault"],
    ["weight 0, reversed: 0 is a fault", 0, true, 0, "fault"],
  ] as const)("%s", (_, weight, reverse, value, expected) => {
    expect(made(tracker("file", weight, { reverse }), says(value))).toBe(expected);
  });
});

describe("priorities", () => {
  const all = (priority: number, ...weights: number[]) =>
    weighTrackers(
      priority,
      weights.map((weight) => tracker("script", weight)),
      () => up,
    ).effectivePriority;

  test("of several trackers add up", () => expect(all(100, 10, 20, -50)).toBe(130));
  test("end at 254: a tracker makes nobody an address owner", () => expect(all(200, 100)).toBe(254));
  test("end at 1", () => {
    expect(weighTrackers(20, [tracker("interface", -100)], () => down).effectivePriority).toBe(1);
  });
  test("of the address owner stay", () => expect(all(255, -100, 3)).toBe(255));
});

test("the sentence of a fault names the tracker and why", () => {
  const web = tracker("script", 0, { name: "web" });
  expect(weighTrackers(100, [web], () => ({ up: false, reason: "ended with exit code 3" })).fault).toBe(
    'tracked script "web" ended with exit code 3',
  );
});

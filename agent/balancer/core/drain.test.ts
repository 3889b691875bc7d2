import { expect, test } from "bun:test";
import { instant } from "../../base/duration.ts";
import { type Drain, drainProgress } from "./drain.ts";
import { overriddenWeight } from "./weight-override.ts";

const usual: Drain = { floor: 0, waitsForPersistence: false };
const now = instant(10_000);
const connections = (activeConnections: number, persistentConnections = 0) => ({
  activeConnections,
  persistentConnections,
});

test("a real server is drained when its active connections have ended, or are as few as was wished", () => {
  expect(drainProgress(usual, connections(3), now)).toEqual({ state: "draining", left: 3 });
  expect(drainProgress({ ...usual, floor: 3 }, connections(3), now)).toEqual({ state: "drained" });
  expect(drainProgress(usual, connections(0, 9), now)).toEqual({ state: "drained" });
});

test("clients that persistence binds to it are waited for where that was wished", () => {
  expect(drainProgress({ ...usual, waitsForPersistence: true }, connections(1, 9), now)).toEqual({
    state: "draining",
    left: 10,
  });
});

test("a drain is overdue at its deadline, and drained even then when nothing is left", () => {
  const drain = { ...usual, deadline: now };
  expect(drainProgress(drain, connections(2), instant(9_999))).toEqual({ state: "draining", left: 2 });
  expect(drainProgress(drain, connections(2), now)).toEqual({ state: "overdue", left: 2 });
  expect(drainProgress(drain, connections(0), now)).toEqual({ state: "drained" });
});

test("an override counts until it expires", () => {
  const override = { weight: 0, expires: now };
  expect(overriddenWeight(5, override, instant(9_999))).toBe(0);
  expect(overriddenWeight(5, override, now)).toBe(5);
  expect(overriddenWeight(5, { weight: 7 }, now)).toBe(7);
  expect(overriddenWeight(5, undefined, now)).toBe(5);
});

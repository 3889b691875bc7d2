import { expect, test } from "bun:test";
import { type Instant, instant, milliseconds, seconds } from "../../base/duration.ts";
import {
  type CheckerEffect,
  type CheckerPace,
  type CheckerState,
  newChecker,
  nextDeadline,
  repace,
  saysUp,
  step,
} from "./checker.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";

const pace: CheckerPace = { delay: seconds(10), retries: 2, retryDelay: seconds(1), startDown: false };
const passed: ProbeOutcome = { kind: "passed", detail: "connected" };
const refused: ProbeOutcome = { kind: "failed", detail: "connection refused" };
const notMade: ProbeOutcome = { kind: "not-made", detail: "no descriptors" };

test("a server that was never checked goes down after one failure", () => {
  const { verdicts, state } = run(newChecker(), [refused]);
  expect(verdicts).toEqual(["down: connection refused"]);
  expect(nextDeadline(state)).toBe(instant(10_000));
});

test("a known good server goes down only after all retries, which follow each other quickly", () => {
  const { verdicts, starts } = run(newChecker(), [passed, refused, refused, refused, refused]);
  expect(verdicts).toEqual(["up: connected", "down: connection refused"]);
  expect(starts).toEqual([0, 10_000, 11_000, 12_000, 22_000]);
});

test("a success between failures starts the count anew", () => {
  const { verdicts } = run(newChecker(), [passed, refused, refused, passed, refused, refused]);
  expect(verdicts).toEqual(["up: connected"]);
});

test("one success brings a server back", () => {
  const { verdicts } = run(newChecker(), [refused, refused, passed]);
  expect(verdicts).toEqual(["down: connection refused", "up: connected"]);
});

test("with no retries one failure takes a good server out", () => {
  const { verdicts } = run(newChecker(), [passed, refused], { ...pace, retries: 0 });
  expect(verdicts).toEqual(["up: connected", "down: connection refused"]);
});

test("a remembered verdict holds until a probe says otherwise, and good history earns retries", () => {
  const down = newChecker({ up: false, reason: "status 503" });
  expect(saysUp(pace, down)).toBe(false);
  expect(run(down, [refused]).verdicts).toEqual([]);
  expect(run(down, [passed]).verdicts).toEqual(["up: connected"]);
  const up = newChecker({ up: true, reason: "connected" });
  expect(run(up, [refused, refused]).verdicts).toEqual([]);
  expect(run(up, [refused, refused, refused]).verdicts).toEqual(["down: connection refused"]);
});

test("before its first probe a server is in the pool, unless it starts down", () => {
  expect(saysUp(pace, newChecker())).toBe(true);
  expect(saysUp({ startDown: true }, newChecker())).toBe(false);
});

test("an attempt that could not be made changes no verdict and no count, and is made again after a pause", () => {
  const { state, verdicts, starts } = run(newChecker(), [passed, refused, notMade, notMade, refused], {
    ...pace,
    retryDelay: milliseconds(10),
  });
  expect(verdicts).toEqual(["up: connected"]);
  expect(state.failuresInRow).toBe(2);
  expect(starts).toEqual([0, 10_000, 10_010, 11_010, 12_010]);
});

test("the delay counts from the start of a probe, however long the answer took", () => {
  const probing = started(newChecker(), 0);
  const slow = step(pace, probing, { kind: "finished", attempt: 1, outcome: passed }, instant(4_000));
  expect(nextDeadline(slow.state)).toBe(instant(10_000));
  const slower = step(pace, probing, { kind: "finished", attempt: 1, outcome: passed }, instant(14_000));
  expect(nextDeadline(slower.state)).toBe(instant(14_000));
});

test("an early or repeated deadline is harmless", () => {
  const waiting = step(pace, newChecker(), { kind: "start", spread: seconds(5) }, instant(0)).state;
  expect(step(pace, waiting, { kind: "deadline" }, instant(4_999))).toEqual({ state: waiting, effects: [] });
  const probing = started(newChecker(), 0);
  expect(step(pace, probing, { kind: "deadline" }, instant(99_000))).toEqual({ state: probing, effects: [] });
});

test("the late outcome of an older attempt is ignored", () => {
  const probing = started(newChecker(), 0);
  const late = step(pace, probing, { kind: "finished", attempt: 0, outcome: refused }, instant(1));
  expect(late).toEqual({ state: probing, effects: [] });
  const waiting = step(pace, probing, { kind: "finished", attempt: 1, outcome: passed }, instant(1)).state;
  const again = step(pace, waiting, { kind: "finished", attempt: 1, outcome: refused }, instant(2));
  expect(again).toEqual({ state: waiting, effects: [] });
});

test("a shorter delay brings the next probe forward, a longer one does not put it off", () => {
  const { state } = run(newChecker(), [passed]);
  expect(nextDeadline(repace({ ...pace, delay: seconds(2) }, state, instant(1_000)))).toBe(instant(3_000));
  expect(nextDeadline(repace({ ...pace, delay: seconds(60) }, state, instant(1_000)))).toBe(instant(10_000));
});

/** Starts the checker at 0 and lets every probe end at the instant at which it begins. */
function run(from: CheckerState, outcomes: readonly ProbeOutcome[], under = pace) {
  let state = step(under, from, { kind: "start", spread: milliseconds(0) }, instant(0)).state;
  const verdicts: string[] = [];
  const starts: number[] = [];
  for (const outcome of outcomes) {
    const now = nextDeadline(state) as Instant;
    starts.push(now);
    state = step(under, state, { kind: "deadline" }, now).state;
    const finished = step(under, state, { kind: "finished", attempt: state.attempt, outcome }, now);
    state = finished.state;
    verdicts.push(...finished.effects.flatMap(verdictText));
  }
  return { state, verdicts, starts };
}

function started(from: CheckerState, at: number): CheckerState {
  const waiting = step(pace, from, { kind: "start", spread: milliseconds(0) }, instant(at)).state;
  return step(pace, waiting, { kind: "deadline" }, instant(at)).state;
}

function verdictText(effect: CheckerEffect): string[] {
  return effect.kind === "verdict" ? [`${effect.up ? "up" : "down"}: ${effect.reason}`] : [];
}

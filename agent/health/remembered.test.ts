// What outlives a checkers process: verdicts, weights, falls and attempts, and how the next process goes on with them.

import { expect, test } from "bun:test";
import { checker } from "../../test/balancer/model-builders.ts";
import { passed, refused, World } from "../../test/health/world.ts";
import type { CheckerMemory } from "../balancer/view.ts";
import { seconds } from "../base/duration.ts";
import type { KeptAttempt } from "./attempt-history.ts";

test("a remembered server that was down stays out until a probe passes, and its memory is shown", async () => {
  const world = new World({ answer: "never" });
  const memory: CheckerMemory = { id: "a", up: false, since: 1_600_000_000_000, reason: "status 503, expected 200" };
  world.configureWith([memory], checker("a", { warmup: seconds(3600), delay: seconds(10) }));
  expect(world.isUp()).toBe(false);
  expect(world.health.views()[0]).toMatchObject({ state: "down", since: 1_600_000_000_000, probes: 0 });
  // It is asked again within one delay, although the warmup of a new one would be an hour.
  await world.advance(10_000);
  world.attempts[0]?.finish(passed);
  await world.advance(0);
  expect(world.isUp()).toBe(true);
});

test("what is remembered never overrules a checker that runs", async () => {
  const world = new World();
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  world.configureWith([{ id: "a", up: false, since: 0, reason: "old" }], checker("a", { warmup: seconds(0) }));
  expect(world.isUp()).toBe(true);
});

test("every verdict is handed out to be remembered", async () => {
  const world = new World();
  world.answers.set("a", refused);
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(0);
  expect(world.remembered).toEqual([{ id: "a", up: false, since: world.clock.wall(), reason: "connection refused" }]);
});

test("a weight that a checker made is handed out to be remembered, and holds in the next process until it says otherwise", async () => {
  const first = new World();
  first.answers.set("a", { ...passed, weight: { kind: "percent", percent: 50 } });
  first.configure(checker("a", { warmup: seconds(0) }));
  await first.advance(0);
  const memory = first.remembered.at(-1) as CheckerMemory;
  expect(memory).toMatchObject({ id: "a", up: true, weight: { kind: "percent", percent: 50 } });
  const next = new World({ answer: "never" });
  next.configureWith([memory], { ...checker("a", { warmup: seconds(0) }) });
  expect(next.weightFor(40)).toBe(20);
  await next.advance(0);
  next.attempts[0]?.finish({ ...passed, weight: { kind: "percent", percent: 100 } });
  await next.advance(0);
  expect(next.weightFor(40)).toBe(40);
});

test("a weight that is said again is remembered once", async () => {
  const world = new World();
  world.answers.set("a", { ...passed, weight: { kind: "set", weight: 7 } });
  world.configure(checker("a", { warmup: seconds(0) }));
  await world.advance(60_000);
  expect(world.remembered.filter(({ weight }) => weight !== undefined).length).toBeLessThanOrEqual(2);
  world.answers.set("a", { ...passed, weight: { kind: "set", weight: 8 } });
  await world.advance(10_000);
  expect(world.remembered.at(-1)?.weight).toEqual({ kind: "set", weight: 8 });
});

test("a server that is kept out because it flapped stays out in the next process, for what is left of its time", async () => {
  const damping = { falls: 2, within: seconds(600), hold: seconds(120) };
  const flapping = checker("a", { warmup: seconds(0), retries: 0, delay: seconds(10), damping });
  const first = new World();
  first.configure(flapping);
  for (const answer of [passed, refused, passed, refused]) {
    first.answers.set("a", answer);
    await first.advance(first.attempts.length === 0 ? 0 : 10_000);
  }
  const until = first.clock.wall() + 120_000;
  expect(first.events.filter(({ kind }) => kind === "checker-held")).toEqual([
    {
      kind: "checker-held",
      checker: "a",
      virtualServer: "tcp 10.9.0.100:80",
      realServer: "10.9.0.11:80",
      falls: 2,
      until,
    },
  ]);
  first.answers.set("a", passed);
  await first.advance(10_000);
  expect(first.isUp()).toBe(false);
  expect(first.health.views()[0]).toMatchObject({ state: "down", heldUntil: until });
  expect(first.health.verdictWith()(first.server).reason).toBe(
    "tcp 10.9.0.11:80: it went down 2 times within 10m, and is kept out although it passes: connected",
  );
  const next = new World();
  await next.advance(first.clock.wall() - next.clock.wall());
  next.configureWith([first.remembered.at(-1) as CheckerMemory], flapping);
  await next.advance(until - next.clock.wall() - 1);
  expect(next.attempts.length).toBeGreaterThan(0);
  expect(next.isUp()).toBe(false);
  await next.advance(10_000);
  expect(next.isUp()).toBe(true);
});

test("attempts of the process before are shown beneath those of this one", async () => {
  const before = [{ at: 1, durationMs: 2, passed: false, detail: "connection refused" }];
  const kept = {
    appended: [] as string[],
    isCrowded: false,
    read: () =>
      new Map([
        ["a", before],
        ["gone", before],
      ]),
    append: (attempts: readonly KeptAttempt[]) =>
      void kept.appended.push(...attempts.map(([id, { detail }]) => `${id} ${detail}`)),
    replace: () => undefined,
  };
  const world = new World({ attempts: kept });
  world.configure(checker("a", { warmup: seconds(0) }));
  expect(world.health.views()[0]?.history).toEqual(before);
  await world.advance(10_000);
  expect(world.health.views()[0]?.history?.map(({ detail }) => detail)).toEqual([
    "connected",
    "connected",
    "connection refused",
  ]);
  expect(kept.appended).toEqual(["a connected"]);
  world.health.close();
  expect(kept.appended).toEqual(["a connected", "a connected"]);
});

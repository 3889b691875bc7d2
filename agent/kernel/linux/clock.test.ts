import { expect, test } from "bun:test";
import { after, instant, milliseconds } from "../../base/duration.ts";
import { createLinuxTimer, linuxClock } from "./clock.ts";

test("a timer calls at its deadline, never before, and once", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const timer = createLinuxTimer(() => resolve(linuxClock.now()));
  const deadline = after(linuxClock.now(), milliseconds(5));
  timer.arm(deadline);
  expect(await promise).toBeGreaterThanOrEqual(deadline);
  timer.close();
});

test("a deadline in the past calls at once, and a wish that was taken back does not call", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const calls: string[] = [];
  const silent = createLinuxTimer(() => calls.push("silent"));
  silent.arm(instant(0));
  silent.arm(undefined);
  const timer = createLinuxTimer(resolve);
  timer.arm(instant(0));
  await promise;
  expect(calls).toEqual([]);
  silent.close();
  timer.close();
});

test("the time of day is that of everybody", () => {
  expect(Math.abs(linuxClock.wall() - Date.now())).toBeLessThan(1000);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Instant, instant, seconds } from "../../base/duration.ts";
import { nextRampStep, rampedWeight } from "./slow-start.ts";

const ramp = { began: instant(1000), duration: seconds(10) };

/** The weights from the beginning to the end of the ramp, each with its time in seconds. */
function history(weight: number): [number, number][] {
  const seen: [number, number][] = [];
  for (let at: Instant | undefined = ramp.began; at !== undefined; at = nextRampStep(weight, ramp, at))
    seen.push([(at - ramp.began) / 1000, rampedWeight(weight, ramp, at)]);
  return seen;
}

test("a weight of 4 comes back in steps of equal length", () => {
  expect(history(4).map(([at, weight]) => [Math.round(at * 100) / 100, weight])).toEqual([
    [0, 1],
    [3.33, 2],
    [6.67, 3],
    [10, 4],
  ]);
});

test("a large weight has a step each second", () => {
  expect(history(1100).map(([, weight]) => weight)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100]);
});

test("a weight of 1 is whole from the beginning, and 0 stays 0", () => {
  expect(rampedWeight(1, ramp, ramp.began)).toBe(1);
  expect(rampedWeight(0, ramp, ramp.began)).toBe(0);
});

test("a ramp never falls, never is above the weight, never is 0, and ends", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 3600 }), (weight, length) => {
      const one = { began: instant(500), duration: seconds(length) };
      let before = 1;
      let steps = 0;
      for (let at: Instant | undefined = one.began; at !== undefined; at = nextRampStep(weight, one, at), steps++) {
        const now = rampedWeight(weight, one, at);
        expect(now).toBeGreaterThanOrEqual(before);
        expect(now).toBeLessThanOrEqual(weight);
        before = now;
      }
      expect(before).toBe(weight);
      expect(steps).toBeLessThanOrEqual(length + 1);
    }),
  );
});

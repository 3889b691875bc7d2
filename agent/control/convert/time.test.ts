import { expect, test } from "bun:test";
import fc from "fast-check";
import { durationMs, durationOf, durationText } from "./time.ts";

test("a length of time survives the wire to the nanosecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (micros) => {
      expect(durationMs(durationOf(micros / 1000))).toBeCloseTo(micros / 1000, 6);
    }),
    { seed: 1 },
  );
});

test("documents get whole and fractional milliseconds as people write them", () => {
  expect(durationText({ seconds: 3n, nanos: 0 })).toBe("3000ms");
  expect(durationText({ seconds: 0n, nanos: 500_000 })).toBe("0.5ms");
  expect(durationText({ seconds: -1n, nanos: 0 })).toBe("-1000ms");
  expect(durationText(undefined)).toBeUndefined();
});

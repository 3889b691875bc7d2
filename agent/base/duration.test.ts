import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, milliseconds, parseDuration } from "./duration.ts";

test("durations are read with their unit, and bare numbers as seconds", () => {
  const read = ["100ms", "1.5s", "2m", "1h", "1d", "3", "0.1", ".5s", "0"];
  expect(read.map((text) => Number(parseDuration(text)))).toEqual([
    100, 1500, 120_000, 3_600_000, 86_400_000, 3000, 100, 500, 0,
  ]);
});

test("what has no meaning as a duration is none", () => {
  expect(["", "s", "1 s 2", "-1s", "1e3", "1sec", "ten"].map(parseDuration)).toEqual(new Array(7).fill(undefined));
});

test("a printed duration is read back exactly", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(),
        fc.nat(100_000).map((tenths) => tenths / 10),
      ),
      (ms) => {
        expect(parseDuration(formatDuration(milliseconds(ms)))).toBe(milliseconds(ms));
      },
    ),
  );
});

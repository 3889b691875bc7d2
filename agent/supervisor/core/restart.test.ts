import { expect, test } from "bun:test";
import { milliseconds, seconds } from "../../base/duration.ts";
import { countQuickEnds, restartPause } from "./restart.ts";

test("a child that ends for the first time is started again at once", () => {
  expect(restartPause(countQuickEnds(0, milliseconds(5)))).toBe(milliseconds(0));
});

test("a child that keeps ending is started after growing pauses of at most five seconds", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 20].map(restartPause);
  expect(pauses.map(Number)).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test("a child that lived long is trusted again", () => {
  expect(restartPause(countQuickEnds(7, seconds(60)))).toBe(milliseconds(0));
});

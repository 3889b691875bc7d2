import { expect, test } from "bun:test";
import { effectiveWeight } from "./weight.ts";

test("a weight is what is configured until a checker says otherwise", () => {
  expect(effectiveWeight(10, [])).toBe(10);
  expect(effectiveWeight(10, [{ kind: "set", weight: 3 }])).toBe(3);
  expect(
    effectiveWeight(10, [
      { kind: "add", weight: -4 },
      { kind: "add", weight: 1 },
    ]),
  ).toBe(7);
  expect(effectiveWeight(10, [{ kind: "percent", percent: 50 }])).toBe(5);
  expect(
    effectiveWeight(10, [
      { kind: "set", weight: 20 },
      { kind: "add", weight: 4 },
      { kind: "percent", percent: 50 },
    ]),
  ).toBe(12);
});

test("it stays within what IPVS takes, and a share is never rounded to nothing", () => {
  expect(effectiveWeight(10, [{ kind: "add", weight: -40 }])).toBe(0);
  expect(effectiveWeight(10, [{ kind: "add", weight: 1_000_000 }])).toBe(65_535);
  expect(effectiveWeight(1, [{ kind: "percent", percent: 10 }])).toBe(1);
  expect(effectiveWeight(1, [{ kind: "percent", percent: 0 }])).toBe(0);
});

import { describe, expect, test } from "bun:test";
import { type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";

const schema = duration({ min: milliseconds(100), max: seconds(60), step: milliseconds(100) });

describe("a duration in a document", () => {
  const read: [string | number, number][] = [
    ["3s", 3000],
    ["100ms", 100],
    ["1.5s", 1500],
    ["1m", 60_000],
    ["2", 2000],
    [2, 2000],
    [0.1, 100],
    [2.3, 2300],
  ];
  for (const [text, expected] of read)
    test(`${JSON.stringify(text)} is ${expected} ms`, () => expect(schema.parse(text)).toBe(milliseconds(expected)));

  const refused: [string | number, string][] = [
    ["fast", '"fast" is not a duration'],
    ["-1s", '"-1s" is not a duration'],
    [-1, "-1 is not a duration"],
    [Number.NaN, "Invalid input"],
    ["50ms", '"50ms" is too short'],
    [61, "61 is too long"],
    ["150ms", '"150ms" is not a multiple of 100ms'],
  ];
  for (const [text, message] of refused)
    test(`${JSON.stringify(text)} is refused`, () =>
      expect(schema.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]));

  test("is written as the shortest text that means the same", () => {
    expect([100, 2000, 60_000, 1500].map((ms) => schema.encode(ms as Milliseconds))).toEqual([
      "100ms",
      "2s",
      "1m",
      "1.5s",
    ]);
  });
});

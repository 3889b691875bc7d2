import { expect, test } from "bun:test";
import { type Instant, instant, seconds } from "../base/duration.ts";
import { CheckPace } from "./check-pace.ts";

const next = (pace: CheckPace, now: Instant) => ((pace.next ?? now) - now) / 1000;

test("who changes the table again and again is answered later and later, up to a minute", () => {
  const pace = new CheckPace(seconds(5));
  const now = instant(0);
  const waits = Array.from({ length: 6 }, () => {
    pace.repaired(now);
    return next(pace, now);
  });
  expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
});

test("one glance that finds nothing wrong ends the patience", () => {
  const pace = new CheckPace(seconds(5));
  const now = instant(0);
  for (let time = 0; time < 3; time++) pace.repaired(now);
  pace.glanced(now);
  pace.repaired(now);
  expect(next(pace, now)).toBe(5);
});

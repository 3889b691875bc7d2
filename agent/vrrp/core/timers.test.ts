import { expect, test } from "bun:test";
import { centiseconds, milliseconds, seconds } from "../../base/duration.ts";
import {
  longestSilence,
  masterDownIntervalV2,
  masterDownIntervalV3,
  mostEarly,
  skewTimeV2,
  skewTimeV3,
} from "./timers.ts";

test("the skew time of version 2 is a part of a second, whatever the interval", () => {
  expect([skewTimeV2(255), skewTimeV2(100), skewTimeV2(1)]).toEqual([
    milliseconds(1000 / 256),
    milliseconds(609.375),
    milliseconds(996.09375),
  ]);
});

test("the skew time of version 3 is a part of the master's interval", () => {
  expect(skewTimeV3(100, centiseconds(10))).toBe(milliseconds(60.9375));
  expect(skewTimeV3(254, centiseconds(1))).toBe(milliseconds(0.078125));
});

test("the master down interval is three intervals and the skew time", () => {
  expect(masterDownIntervalV2(100, seconds(1))).toBe(milliseconds(3609.375));
  expect(masterDownIntervalV3(100, centiseconds(1))).toBe(milliseconds(36.09375));
});

test("a higher priority waits less, at every priority and at the shortest interval", () => {
  for (let priority = 1; priority < 255; priority += 1) {
    expect(masterDownIntervalV3(priority, centiseconds(1))).toBeGreaterThan(
      masterDownIntervalV3(priority + 1, centiseconds(1)),
    );
    expect(masterDownIntervalV2(priority, seconds(1))).toBeGreaterThan(masterDownIntervalV2(priority + 1, seconds(1)));
  }
});

test("an advertisement that leaves early never makes the next one look too late, however few a master may miss", () => {
  const advertisementInterval = milliseconds(100);
  for (const priority of [1, 100, 255])
    for (const downTimerAdverts of [1, 3]) {
      const config = {
        version: 3,
        priority,
        advertisementInterval,
        downTimerAdverts,
        timerExpiredBackup: undefined,
      } as const;
      expect(advertisementInterval + mostEarly(config)).toBeLessThan(longestSilence(config));
    }
  const usual = { version: 3, priority: 100, downTimerAdverts: 3, timerExpiredBackup: undefined } as const;
  expect(mostEarly({ ...usual, advertisementInterval })).toBe(milliseconds(0.5));
});

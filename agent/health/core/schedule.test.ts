import { expect, test } from "bun:test";
import fc from "fast-check";
import { instant } from "../../base/duration.ts";
import { Schedule } from "./schedule.ts";

test("keys come out in the order of their deadlines, and none before it is due", () => {
  const schedule = new Schedule<string>();
  schedule.set("late", instant(30));
  schedule.set("early", instant(10));
  schedule.set("middle", instant(20));
  expect(schedule.takeDue(instant(9))).toBeUndefined();
  expect([schedule.takeDue(instant(20)), schedule.takeDue(instant(20)), schedule.takeDue(instant(20))]).toEqual([
    "early",
    "middle",
    undefined,
  ]);
  expect(schedule.next()).toBe(instant(30));
});

test("a key has one deadline: setting it again moves it, undefined removes it", () => {
  const schedule = new Schedule<string>();
  schedule.set("a", instant(10));
  schedule.set("b", instant(20));
  schedule.set("a", instant(30));
  expect(schedule.takeDue(instant(100))).toBe("b");
  schedule.set("a", undefined);
  expect(schedule.size).toBe(0);
  expect(schedule.next()).toBeUndefined();
});

test("whatever is set, moved and removed, it agrees with a sorted list", () => {
  const key = fc.nat(15);
  const change = fc.record({ key, at: fc.option(fc.nat(50), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const schedule = new Schedule<number>();
      const model = new Map<number, number>();
      for (const { key, at } of changes) {
        schedule.set(key, at === undefined ? undefined : instant(at));
        if (at === undefined) model.delete(key);
        else model.set(key, at);
        expect(schedule.next() as number | undefined).toEqual(
          model.size === 0 ? undefined : Math.min(...model.values()),
        );
        expect(schedule.size).toBe(model.size);
      }
      const drained: (number | undefined)[] = [];
      for (let due = schedule.takeDue(instant(50)); due !== undefined; due = schedule.takeDue(instant(50)))
        drained.push(model.get(due));
      expect(drained).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});

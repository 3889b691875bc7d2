import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Instant, instant } from "../../base/duration.ts";
import { DeadlineHeap } from "./deadline-heap.ts";

const change = fc.record({
  owner: fc.integer({ min: 0, max: 20 }),
  at: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
});

test("whatever is set and taken back, the earliest deadline is on top", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const heap = new DeadlineHeap<number>();
      const naive = new Map<number, number>();
      for (const { owner, at } of changes) {
        heap.set(owner, at === undefined ? undefined : instant(at));
        if (at === undefined) naive.delete(owner);
        else naive.set(owner, at);
        const expected = naive.size === 0 ? undefined : instant(Math.min(...naive.values()));
        expect(heap.earliest()).toEqual(expected as Instant);
      }
    }),
  );
});

test("the first owner keeps its deadline until it sets another", () => {
  const heap = new DeadlineHeap<string>();
  heap.set("late", instant(20));
  heap.set("soon", instant(10));
  expect([heap.first()?.owner, heap.first()?.owner]).toEqual(["soon", "soon"]);
  heap.set("soon", undefined);
  expect(heap.first()).toMatchObject({ owner: "late", at: instant(20) });
});

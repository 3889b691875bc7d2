import { describe, expect, test } from "bun:test";
import { after, milliseconds } from "../../base/duration.ts";
import { VirtualClock } from "./clock.ts";

describe("the virtual clock", () => {
  test("runs what is due in the order of time, and of asking where the time is the same", () => {
    const clock = new VirtualClock();
    const start = clock.now();
    const seen: string[] = [];
    for (const [name, delay] of [
      ["late", 20],
      ["first", 10],
      ["second", 10],
    ] as const) {
      clock.at(after(start, milliseconds(delay)), () => seen.push(`${name} ${clock.now() - start}`));
    }
    clock.advance(milliseconds(15));
    expect([seen, clock.now() - start, clock.nextDeadline()]).toEqual([
      ["first 10", "second 10"],
      15,
      after(start, milliseconds(20)),
    ]);
    expect(clock.advanceToNextDeadline()).toBe(true);
    expect(seen.at(-1)).toBe("late 20");
    expect(clock.advanceToNextDeadline()).toBe(false);
  });

  test("a timer holds one deadline: arming replaces it, undefined and close take it back", () => {
    const clock = new VirtualClock();
    const calls: number[] = [];
    const timer = clock.createTimer(() => calls.push(clock.now()));
    timer.arm(after(clock.now(), milliseconds(5)));
    timer.arm(after(clock.now(), milliseconds(9)));
    const due = after(clock.now(), milliseconds(9));
    clock.advance(milliseconds(100));
    expect(calls).toEqual([due]);
    timer.arm(clock.now());
    timer.arm(undefined);
    timer.arm(clock.now());
    timer.close();
    clock.advance(milliseconds(100));
    expect(calls).toEqual([due]);
  });

  test("what becomes due while time advances runs in the same advance, at its own time", () => {
    const clock = new VirtualClock();
    const start = clock.now();
    const seen: number[] = [];
    const timer = clock.createTimer(() => {
      seen.push(clock.now() - start);
      timer.arm(after(clock.now(), milliseconds(10)));
    });
    timer.arm(after(start, milliseconds(10)));
    clock.advance(milliseconds(35));
    expect(seen).toEqual([10, 20, 30]);
  });

  test("a past deadline is due at once, but not within the call that asks", () => {
    const clock = new VirtualClock();
    let called = false;
    clock.at(after(clock.now(), milliseconds(-5)), () => {
      called = true;
    });
    expect(called).toBe(false);
    clock.advance(milliseconds(0));
    expect(called).toBe(true);
  });

  test("a timer that is armed for now for ever is found out", () => {
    const clock = new VirtualClock();
    const timer = clock.createTimer(() => timer.arm(clock.now()));
    timer.arm(clock.now());
    expect(() => clock.advance(milliseconds(1))).toThrow("time stands still");
  });

  test("advancing until a condition stops at the deadline that fulfils it, or at the limit", () => {
    const clock = new VirtualClock();
    const start = clock.now();
    let count = 0;
    const timer = clock.createTimer(() => {
      count++;
      timer.arm(after(clock.now(), milliseconds(10)));
    });
    timer.arm(after(start, milliseconds(10)));
    expect([clock.advanceUntil(() => count === 3, milliseconds(100)), clock.now() - start]).toEqual([true, 30]);
    expect([clock.advanceUntil(() => count === 99, milliseconds(25)), clock.now() - start]).toEqual([false, 55]);
  });

  test("the time of day goes along", () => {
    const clock = new VirtualClock(500, 1_000);
    clock.advance(milliseconds(250));
    expect([clock.now(), clock.wall()]).toEqual([750 as never, 1_250]);
  });
});

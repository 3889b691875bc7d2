import "./addon-under-test.ts";
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { NativeTimer } from "../../agent/kernel/linux/native.ts";
import { clock, createTimer } from "../../agent/kernel/linux/native.ts";

const created: NativeTimer[] = [];

function timerThat(onDeadline: () => void): NativeTimer {
  const timer = createTimer(onDeadline);
  created.push(timer);
  return timer;
}

afterEach(() => {
  for (const timer of created.splice(0)) timer.close();
});

/** Resolves with the time at which the timer fired. */
function firing(arm: (timer: NativeTimer) => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  arm(timerThat(() => resolve(clock("monotonic"))));
  return promise;
}

function holdUpUntil(monotonicMs: number): void {
  while (clock("monotonic") < monotonicMs);
}

describe("a timer", () => {
  test("never fires early", async () => {
    for (let round = 0; round < 100; round++) {
      const deadline = clock("monotonic") + round / 20;
      expect(await firing((timer) => timer.arm(deadline))).toBeGreaterThanOrEqual(deadline);
    }
  });

  test("can be armed again by its own callback", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fired: number[] = [];
    const start = clock("monotonic");
    const timer = timerThat(() => {
      fired.push(clock("monotonic") - start);
      if (fired.length === 3) resolve();
      else timer.arm(start + (fired.length + 1) * 2);
    });
    timer.arm(start + 2);
    await promise;
    expect(fired.map((elapsed, index) => elapsed >= (index + 1) * 2)).toEqual([true, true, true]);
  });

  test.each([
    ["a past deadline", () => clock("monotonic") - 1000],
    ["a deadline of zero", () => 0],
    ["a deadline below zero", () => -1],
    ["minus infinity", () => Number.NEGATIVE_INFINITY],
  ])("fires at once for %s, but not within the call", async (_, deadline) => {
    let armed = false;
    const fired = firing((timer) => {
      timer.arm(deadline());
      armed = true;
    });
    await fired;
    expect(armed).toBe(true);
  });

  test("does not fire after it was disarmed, although the deadline had passed already", async () => {
    const calls: string[] = [];
    const timer = timerThat(() => calls.push("disarmed"));
    timer.arm(clock("monotonic") + 1);
    holdUpUntil(clock("monotonic") + 5);
    timer.disarm();
    await firing((fence) => fence.arm(clock("monotonic") + 5));
    expect(calls).toEqual([]);
  });

  test("that is armed anew keeps only the new deadline", async () => {
    const calls: number[] = [];
    const timer = timerThat(() => calls.push(clock("monotonic")));
    timer.arm(clock("monotonic") + 1);
    holdUpUntil(clock("monotonic") + 5);
    const deadline = clock("monotonic") + 10;
    timer.arm(deadline);
    await firing((fence) => fence.arm(deadline + 5));
    expect(calls.length).toBe(1);
    expect(calls[0]).toBeGreaterThanOrEqual(deadline);
  });

  test("that is closed neither fires nor can be armed, and closing twice is nothing", async () => {
    const calls: string[] = [];
    const timer = timerThat(() => calls.push("closed"));
    timer.arm(clock("monotonic") + 1);
    holdUpUntil(clock("monotonic") + 5);
    timer.close();
    timer.close();
    timer.disarm();
    expect(() => timer.arm(0)).toThrow("timerfd_settime: EBADF, bad file descriptor");
    await firing((fence) => fence.arm(clock("monotonic") + 5));
    expect(calls).toEqual([]);
  });

  test("with a deadline for ever keeps still", async () => {
    const calls: string[] = [];
    timerThat(() => calls.push("for ever")).arm(Number.POSITIVE_INFINITY);
    await firing((fence) => fence.arm(clock("monotonic") + 5));
    expect(calls).toEqual([]);
  });

  test("wants a number and a function", () => {
    expect(() => timerThat(() => undefined).arm(Number.NaN)).toThrow(new TypeError("monotonicMs must be a number"));
    expect(() => createTimer(undefined as unknown as () => void)).toThrow(
      new TypeError("onDeadline must be a function"),
    );
  });

  test("that nobody refers to any more still fires", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    (() => createTimer(resolve).arm(clock("monotonic") + 20))();
    for (let round = 0; round < 5; round++) Bun.gc(true);
    await promise;
  });
});

describe("the clocks", () => {
  test("agree with the ones that the system shows", () => {
    const [uptime = ""] = readFileSync("/proc/uptime", "utf8").split(" ");
    expect(Math.abs(clock("boottime") - Number(uptime) * 1000)).toBeLessThan(100);
    expect(Math.abs(clock("realtime") - Date.now())).toBeLessThan(50);
    // The boot-time clock also counts what the system was suspended.
    const monotonic = clock("monotonic");
    expect(clock("boottime")).toBeGreaterThanOrEqual(monotonic);
  });

  test("the monotonic one runs as fast as the one of performance.now", () => {
    const [start, startOfOther] = [clock("monotonic"), performance.now()];
    holdUpUntil(start + 20);
    expect(Math.abs(clock("monotonic") - start - (performance.now() - startOfOther))).toBeLessThan(1);
  });
});

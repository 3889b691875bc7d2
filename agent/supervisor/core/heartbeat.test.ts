import { expect, test } from "bun:test";
import { instant, milliseconds } from "../../base/duration.ts";
import { beginHeartbeat, heard, look } from "./heartbeat.ts";

const limits = { silence: milliseconds(1000), busySilence: milliseconds(3000), look: milliseconds(100) };

/** Looks when it should, unless it is busy then; tells when the child counts as hung. */
function watchUntil(
  end: number,
  heardAt: readonly number[] = [],
  busy: readonly (readonly [number, number])[] = [],
  isChildBusy = false,
): { readonly hungAt: number | undefined; readonly looks: number } {
  let state = beginHeartbeat(limits, instant(0));
  let looks = 0;
  const unread = [...heardAt];
  for (let now = 1; now <= end; now += 1) {
    if (busy.some(([from, to]) => now >= from && now < to)) continue;
    // What comes late comes all at once: timers have their turn before what waits to be read.
    if (now >= state.lookAt) {
      const seen = look(state, limits, isChildBusy, instant(now));
      looks += 1;
      state = seen.state;
      if (seen.hung) return { hungAt: now, looks };
    }
    while (unread[0] !== undefined && unread[0] <= now) {
      unread.shift();
      state = heard(state, instant(now));
    }
  }
  return { hungAt: undefined, looks };
}

const every400 = Array.from({ length: 25 }, (_, index) => (index + 1) * 400);

test("a child that is silent for longer than the limit is hung", () => {
  expect(watchUntil(5000).hungAt).toBe(1100);
  expect(watchUntil(9000, [400, 800, 1200]).hungAt).toBe(2300);
});

test("a child that speaks in time is not hung, and is looked at less often than it speaks", () => {
  expect(watchUntil(10_000, every400)).toEqual({ hungAt: undefined, looks: expect.any(Number) });
  expect(watchUntil(10_000, every400).looks).toBeLessThan(20);
});

test("a watcher that was busy while the child spoke does not blame it", () => {
  for (let length = 50; length < 1500; length += 50)
    for (let from = 300; from < 1200; from += 50)
      expect(watchUntil(10_000, every400, [[from, from + length]]).hungAt).toBeUndefined();
});

test("nor does one that is busy again and again", () => {
  const busy = Array.from({ length: 20 }, (_, index) => [index * 500 + 80, index * 500 + 480] as const);
  expect(watchUntil(10_000, every400, busy).hungAt).toBeUndefined();
});

test("a child that works on a configuration may be silent for longer, and not for ever", () => {
  expect(watchUntil(5000, [], [], true).hungAt).toBe(3100);
});

test("a watcher that was itself stopped does not blame the child", () => {
  const late = look(beginHeartbeat(limits, instant(0)), limits, false, instant(9000));
  expect(late.hung).toBe(false);
  expect(look(late.state, limits, false, instant(10_000)).hung).toBe(false);
  expect(look(look(late.state, limits, false, instant(10_000)).state, limits, false, instant(10_100)).hung).toBe(true);
});

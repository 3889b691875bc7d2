import { expect, test } from "bun:test";
import { instant, milliseconds } from "../../base/duration.ts";
import { beginHeartbeat, heard, look } from "./heartbeat.ts";

const limits = { silence: milliseconds(1000), busySilence: milliseconds(3000), look: milliseconds(200) };

function lookEvery200(from: number, to: number, heardAt: readonly number[] = [], isBusy = false): number | undefined {
  let state = beginHeartbeat(instant(from));
  for (let now = from + 200; now <= to; now += 200) {
    if (heardAt.includes(now)) state = heard(state, instant(now));
    const seen = look(state, limits, isBusy, instant(now));
    if (seen.hung) return now;
    state = seen.state;
  }
  return undefined;
}

test("a child that is silent for longer than the limit is hung", () => {
  expect(lookEvery200(0, 5000)).toBe(1200);
});

test("a child that speaks in time is not hung", () => {
  expect(lookEvery200(0, 5000, [1000, 2000, 3000, 4000, 5000])).toBeUndefined();
});

test("a child that works on a configuration may be silent for longer, and not for ever", () => {
  expect(lookEvery200(0, 5000, [], true)).toBe(3200);
});

test("a watcher that was itself stopped does not blame the child", () => {
  let state = beginHeartbeat(instant(0));
  const late = look(state, limits, false, instant(9000));
  expect(late.hung).toBe(false);
  state = late.state;
  expect(look(state, limits, false, instant(9200)).hung).toBe(false);
});

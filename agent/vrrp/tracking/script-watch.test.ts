import { expect, test } from "bun:test";
import { type Instant, instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { TrackedScriptModel } from "../../config/model.ts";
import { type ScriptEnd, ScriptWatch } from "./script-watch.ts";

const script: TrackedScriptModel = {
  name: "web",
  program: { command: ["/bin/check"], user: undefined, group: undefined },
  interval: milliseconds(1000),
  timeout: milliseconds(1000),
  rise: 1,
  fall: 2,
  initiallyFailed: false,
};

/** Scripts that end as they are told to, on a clock that moves when somebody sleeps. */
function world() {
  let now: Instant = instant(0);
  const runs: { script: TrackedScriptModel; end: (ended: ScriptEnd) => void; cut: boolean; at: Instant }[] = [];
  const found: string[] = [];
  const watch = new ScriptWatch({
    now: () => now,
    run: (one, onStarted) =>
      new Promise((end) => {
        const run = { script: one, end, cut: false, at: now };
        runs.push(run);
        onStarted(() => {
          run.cut = true;
          end({ hasSucceeded: false, reason: "was ended" });
        });
      }),
    sleep: async (time: Milliseconds) => {
      now = instant(now + time);
    },
    onFinding: (name, { up, reason }) => found.push(`${name} ${up ? "up" : "down"}: ${reason}`),
  });
  const end = async (hasSucceeded: boolean, took = 0) => {
    now = instant(now + took);
    runs.at(-1)?.end({ hasSucceeded, reason: hasSucceeded ? "ended with exit code 0" : "ended with exit code 1" });
    await Bun.sleep(0);
  };
  return { watch, runs, found, end };
}

test("a script runs at its interval, however long it takes, and what it counts as is told once", async () => {
  const { watch, runs, found, end } = world();
  watch.configure([script]);
  await end(true, 300);
  await end(false);
  await end(false);
  await end(false);
  await end(true, 1700);
  expect(runs.map(({ at }) => Number(at))).toEqual([0, 1000, 2000, 3000, 4000, 5710]);
  expect(found).toEqual([
    "web up: ended with exit code 0",
    "web down: ended with exit code 1",
    "web up: ended with exit code 0",
  ]);
});

test("what a script has come to outlives a change of it, and its run is ended", async () => {
  const { watch, runs, found, end } = world();
  watch.configure([script]);
  await end(true);
  watch.configure([{ ...script, fall: 3 }]);
  await Bun.sleep(0);
  expect([runs[1]?.cut, runs[2]?.script.fall]).toEqual([true, 3]);
  await end(false);
  await end(false);
  expect(found.length).toBe(1);
  await end(false);
  expect(found.at(-1)).toBe("web down: ended with exit code 1");
});

test("a script that is no longer configured is not run any more", async () => {
  const { watch, runs, found } = world();
  watch.configure([script]);
  watch.configure([]);
  await Bun.sleep(0);
  expect([runs.length, runs[0]?.cut, found]).toEqual([1, true, []]);
});

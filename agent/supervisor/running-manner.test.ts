import { expect, test } from "bun:test";
import { type MannerPort, RunningManner } from "./running-manner.ts";

/** A kernel with processors 0 to 3, that does as it is told and keeps a list. */
function kernel() {
  const done: string[] = [];
  const port: MannerPort = {
    processors: () => [0, 1, 2, 3],
    setProcessors: (numbers) => {
      if (numbers.every((number) => number > 3)) throw Object.assign(new Error("refused"), { code: "EINVAL" });
      done.push(`processors ${numbers.join(" ")}`);
    },
    setScheduling: (policy, priority) => done.push(`${policy} ${priority}`),
    setNice: (nice) => done.push(`nice ${nice}`),
    lockMemory: () => done.push("locked"),
  };
  return { done, port, take: () => done.splice(0) };
}

test("a process runs as it is wished, only what differs is done, and what is wished no more is as at the start", () => {
  const { port, take } = kernel();
  const manner = new RunningManner(port, { realTimePriority: 40 });
  expect([manner.apply(), take()]).toEqual([[], []]);
  manner.apply({ cpuAffinity: [2, 3], realTimePriority: 45 });
  expect(take()).toEqual(["processors 2 3", "fifo 45"]);
  manner.apply({ cpuAffinity: [2, 3], realTimePriority: 45 });
  expect(take()).toEqual([]);
  manner.apply();
  expect(take()).toEqual(["processors 0 1 2 3", "fifo 40"]);
});

test("one that has given itself nothing goes back to the ordinary; locked memory stays so", () => {
  const { port, take } = kernel();
  const manner = new RunningManner(port);
  manner.apply({ nice: -5, realTimePriority: 10, lockMemory: true });
  expect(take()).toEqual(["nice -5", "locked", "fifo 10"]);
  manner.apply();
  expect(take()).toEqual(["nice 0", "other 0"]);
});

test("processors that are not there are a failure by name, and are asked for again", () => {
  const { port } = kernel();
  const manner = new RunningManner(port);
  const failure = { operation: "run on processors", object: "7 8", cause: { code: "EINVAL" } };
  expect([manner.apply({ cpuAffinity: [7, 8] }), manner.apply({ cpuAffinity: [7, 8] })]).toEqual([
    [failure],
    [failure],
  ]);
});

test("what a refused change has done besides goes back with the one before", () => {
  const { port, take } = kernel();
  const manner = new RunningManner(port, { realTimePriority: 40 });
  const before = { cpuAffinity: [2, 3] };
  manner.apply(before);
  expect(manner.apply({ cpuAffinity: [77], realTimePriority: 41 })).toHaveLength(1);
  take();
  expect([manner.apply(before), take()]).toEqual([[], ["processors 2 3", "fifo 40"]]);
  expect([manner.apply(before), take()]).toEqual([[], []]);
});

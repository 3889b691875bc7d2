import { describe, expect, test } from "bun:test";
import { milliseconds } from "../../base/duration.ts";
import type { TrackedProcessModel } from "../../config/model.ts";
import { VirtualClock } from "../../kernel/memory/clock.ts";
import { MemoryProcesses } from "../../kernel/memory/processes.ts";
import { ProcessWatch } from "./process-watch.ts";

function model(other: Partial<TrackedProcessModel> = {}): TrackedProcessModel {
  return {
    ...{ name: "web", process: "haproxy", fullCommand: false, parameters: undefined, quorum: 1, quorumMax: undefined },
    ...{ forkDelay: milliseconds(0), terminateDelay: milliseconds(0) },
    ...other,
  };
}

function watching(tracked: TrackedProcessModel, refusal?: string) {
  const processes = new MemoryProcesses();
  processes.refusal = refusal;
  const clock = new VirtualClock();
  const found: string[] = [];
  const watch = new ProcessWatch({
    processes,
    clock,
    createTimer: clock.createTimer,
    onFinding: (name, { up, reason }) => found.push(`${name} ${up ? "up" : "down"}: ${reason}`),
    onPolling: (why) => found.push(`polls: ${why}`),
  });
  watch.configure([tracked]);
  return { processes, found, pass: (ms: number) => clock.advance(milliseconds(ms)) };
}

describe("a tracked process", () => {
  test("is told down when the last one ends, and up when one begins", () => {
    const { processes, found } = watching(model());
    const one = processes.start("/usr/sbin/haproxy", "-f", "a");
    const two = processes.start("/usr/sbin/haproxy", "-f", "b");
    processes.start("/usr/bin/vi");
    processes.end(one);
    processes.end(two);
    expect(found).toEqual([
      "web down: runs 0 times, expected at least 1",
      "web up: runs once, expected at least 1",
      "web down: runs 0 times, expected at least 1",
    ]);
  });

  test("that runs already is found, and its forks count", () => {
    const processes = new MemoryProcesses();
    const one = processes.start("haproxy");
    const found: boolean[] = [];
    const clock = new VirtualClock();
    const parts = { processes, clock, createTimer: clock.createTimer, onPolling: () => {} };
    const watch = new ProcessWatch({ ...parts, onFinding: (_, { up }) => found.push(up) });
    watch.configure([model({ quorumMax: 1 })]);
    const two = processes.fork(one);
    processes.end(two);
    expect(found).toEqual([true, false, true]);
  });

  test("that is back within the delay was never away", () => {
    const { processes, found, pass } = watching(model({ terminateDelay: milliseconds(500) }));
    const one = processes.start("haproxy");
    processes.end(one);
    pass(499);
    const two = processes.start("haproxy");
    pass(1500);
    processes.end(two);
    pass(499);
    expect(found.length).toBe(2);
    pass(1);
    expect(found.at(-1)).toBe("web down: runs 0 times, expected at least 1");
  });

  test("is looked for every second where the kernel does not tell", () => {
    const { processes, found, pass } = watching(model(), "EPROTONOSUPPORT");
    processes.start("haproxy");
    pass(999);
    expect(found).toEqual(["polls: EPROTONOSUPPORT", "web down: runs 0 times, expected at least 1"]);
    pass(1);
    expect(found.at(-1)).toBe("web up: runs once, expected at least 1");
  });
});

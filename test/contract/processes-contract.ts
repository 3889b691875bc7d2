// What the agent believes about processes, whichever system is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ProcessChange, ProcessesPort } from "../../agent/kernel/processes.ts";

/** A system on which programs can be started and ended. */
export interface ProcessesWorld extends AsyncDisposable {
  readonly processes: ProcessesPort;
  /** Starts a program that does nothing for long; gives its id. The file's name may be chosen. */
  start(name: string, ...args: string[]): number;
  end(pid: number): void;
  /** Waits until the condition holds. */
  until(what: string, condition: () => boolean): Promise<void>;
}

/** The cases. */
export function processesContract(title: string, why: string | undefined, makeWorld: () => ProcessesWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: ProcessesWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });
    const watch = () => {
      const changes: ProcessChange[] = [];
      const watcher = world.processes.watch(
        (change) => changes.push(change),
        (reason) => {
          throw new Error(reason);
        },
      );
      return { changes, watcher };
    };

    test("a process is listed, with its name cut to 15 characters and what it was started with", async () => {
      const pid = world.start("a-rather-long-name", "600");
      await world.until("its name is known", () => world.processes.look(pid, false)?.name === "a-rather-long-n");
      expect(world.processes.list()).toContain(pid);
      expect(world.processes.look(pid, true)?.args.at(-1)).toBe("600");
      expect(world.processes.look(pid, false)?.args).toEqual([]);
    });

    test("one that ends is told, is not listed, and cannot be looked at", async () => {
      const { changes, watcher } = watch();
      const pid = world.start("short", "600");
      await world.until("its start is told", () => changes.some((one) => one.kind === "changed" && one.pid === pid));
      world.end(pid);
      await world.until("its end is told", () => changes.some((one) => one.kind === "ended" && one.pid === pid));
      await world.until("it is gone", () => world.processes.look(pid, false) === undefined);
      expect(world.processes.list()).not.toContain(pid);
      watcher.close();
    });

    test("the fork comes before the execution", async () => {
      const { changes, watcher } = watch();
      const pid = world.start("later", "600");
      await world.until("it is told", () => changes.some((one) => one.kind === "changed" && one.pid === pid));
      const kinds = changes.flatMap((one) => ("pid" in one && one.pid === pid ? [one.kind] : []));
      expect(kinds.slice(0, 2)).toEqual(["forked", "changed"]);
      watcher.close();
    });

    test("a closed watcher is told nothing more", async () => {
      const { changes, watcher } = watch();
      watcher.close();
      const pid = world.start("quiet", "600");
      await world.until("it runs", () => world.processes.look(pid, false)?.name === "quiet");
      expect(changes.filter((one) => "pid" in one && one.pid === pid)).toEqual([]);
    });
  });
}

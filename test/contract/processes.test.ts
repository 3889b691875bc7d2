import { setDefaultTimeout } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linuxProcesses } from "../../agent/kernel/linux/processes.ts";
import { MemoryProcesses } from "../../agent/kernel/memory/processes.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { type ProcessesWorld, processesContract } from "./processes-contract.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const why = await whyNot();

processesContract("processes in memory", undefined, memoryWorld);
processesContract(`processes of Linux${why === undefined ? "" : ` (${why})`}`, why, linuxWorld);

/** Why the kernel does not tell here of processes; undefined when it does. */
async function whyNot(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "needs root";
  let refusal: string | undefined;
  const watcher = linuxProcesses.watch(
    () => {},
    (reason) => {
      refusal = reason;
    },
  );
  await Bun.sleep(700);
  watcher.close();
  return refusal;
}

function memoryWorld(): ProcessesWorld {
  const processes = new MemoryProcesses();
  return {
    processes,
    start: (name, ...args) => processes.start(`/tmp/${name}`, ...args),
    end: (pid) => processes.end(pid),
    until: async (what, condition) => {
      if (!condition()) throw new Error(`waited in vain until ${what}`);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function linuxWorld(): ProcessesWorld {
  const folder = mkdtempSync(join(tmpdir(), "vipward-processes-"));
  const running = new Map<number, { kill(signal: "SIGKILL"): void }>();
  return {
    processes: linuxProcesses,
    start: (name, ...args) => {
      const file = join(folder, name);
      copyFileSync("/bin/sleep", file);
      const child = Bun.spawn([file, ...args], { stdio: ["ignore", "ignore", "ignore"] });
      running.set(child.pid, child);
      return child.pid;
    },
    end: (pid) => running.get(pid)?.kill("SIGKILL"),
    until: (what, condition) => until(condition, { what, everyMs: 5 }).then(() => {}),
    [Symbol.asyncDispose]: async () => {
      for (const child of running.values()) child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    },
  };
}

// Changes its own process in the way its argument names, and prints what can then be seen of it as JSON.
import "./addon-under-test.ts";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import * as native from "../../agent/kernel/linux/native.ts";
import * as kernel from "./kernel-bytes.ts";

const capNetRaw = 13;
const bitOf = (capability: number) => 1n << BigInt(capability);

const scenes: Record<string, () => unknown> = {
  "scheduling before the reader starts": () => {
    native.setScheduling("fifo", 11);
    return withReader(schedulingOfThreads);
  },
  "scheduling while the reader runs": () =>
    withReader(() => {
      native.setScheduling("fifo", 12);
      return schedulingOfThreads();
    }),
  "scheduling back to other": () =>
    withReader(() => {
      native.setScheduling("fifo", 12);
      native.setScheduling("other", 0);
      return schedulingOfThreads();
    }),
  "scheduling of a child": () => {
    native.setScheduling("fifo", 13);
    const child = Bun.spawnSync(["cat", "/proc/self/stat"]);
    return schedulingIn(child.stdout.toString());
  },
  "processors of all threads": () =>
    withReader(() => {
      const before = native.processors();
      native.setProcessors([before[0] ?? 0]);
      const alone = { main: native.processors(), every: [...new Set(tasksOfProcess().map(processorsOf))] };
      native.setProcessors(before);
      return { first: before[0], alone, whole: native.processors().length === before.length };
    }),
  "nice of all threads": () =>
    withReader(() => {
      native.setNice(3);
      return [...new Set(tasksOfProcess().map((task) => niceIn(readFileSync(`${task}/stat`, "utf8"))))];
    }),
  "locked memory": () => {
    const before = statusKilobytes("VmRSS");
    native.lockMemory();
    return { grownKilobytes: statusKilobytes("VmRSS") - before, lockedKilobytes: statusKilobytes("VmLck") };
  },
  "network namespace": () => {
    native.enterNetworkNamespace(process.argv[3] ?? "");
    return readFileSync("/proc/thread-self/net/dev", "utf8")
      .split("\n")
      .slice(2)
      .map((line) => line.split(":")[0]?.trim())
      .filter((name) => name === "lo" || name === "inside");
  },
  "another program": () => native.becomeProgram("/bin/sh", ["sh", "-c", `echo "[$$, $WORD]"`], [`WORD=${process.pid}`]),
  "no raw sockets": () => {
    const { effective, permitted } = native.capabilities();
    const without = { effective: effective & ~bitOf(capNetRaw), permitted: permitted & ~bitOf(capNetRaw) };
    native.setCapabilities({ ...without, inheritable: 0n });
    const now = native.capabilities();
    return {
      same: now.effective === without.effective && now.permitted === without.permitted,
      error: rawSocketError(),
    };
  },
  "bounding capability": () => {
    native.dropBoundingCapability(capNetRaw);
    const child = Bun.spawnSync(["cat", "/proc/self/status"]);
    const childBounding = BigInt(`0x${/CapBnd:\s+(\w+)/.exec(child.stdout.toString())?.[1]}`);
    return { mine: hasNetRaw(native.capabilities().bounding), child: hasNetRaw(childBounding) };
  },
  "ambient capability": () => {
    const { effective, permitted } = native.capabilities();
    native.setCapabilities({ effective, permitted, inheritable: bitOf(capNetRaw) });
    native.setAmbientCapability(capNetRaw, true);
    const raised = statusText("CapAmb");
    native.setAmbientCapability(capNetRaw, false);
    return { raised: hasNetRaw(BigInt(`0x${raised}`)), lowered: hasNetRaw(BigInt(`0x${statusText("CapAmb")}`)) };
  },
  "no new privileges": () => {
    const before = statusText("NoNewPrivs");
    native.setNoNewPrivileges();
    return [before, statusText("NoNewPrivs")];
  },
  "process name": () => {
    native.setProcessName("vipward: a name that is long");
    return readFileSync("/proc/self/comm", "utf8");
  },
  "child that dies with its parent": () => {
    native.setParentDeathSignal(9);
    setInterval(() => undefined, 1000);
    return process.pid;
  },
  "parent that is to be killed": () => {
    const command = [process.execPath, import.meta.path, "child that dies with its parent"];
    Bun.spawn(command, { stdout: "inherit", stderr: "inherit" });
    setInterval(() => undefined, 1000);
    return process.pid;
  },
  "signal that is handed on": async () => {
    const heard = Promise.withResolvers<void>();
    let hasHeard = false;
    process.on("SIGTERM", () => {
      hasHeard = true;
      heard.resolve();
    });
    const other = Bun.spawn(["sleep", "1000"]);
    native.relaySignal(constants.signals.SIGTERM, other.pid, constants.signals.SIGUSR2);
    process.kill(process.pid, "SIGTERM");
    // JavaScript is busy from here on, until the other one has ended.
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${other.pid}/status`, "utf8")));
    const before = hasHeard;
    await Promise.all([heard.promise, other.exited]);
    native.endSignalRelay();
    return { before, after: hasHeard, other: other.signalCode };
  },
  "signal that nobody is listening to": () => {
    try {
      native.relaySignal(constants.signals.SIGTERM, process.ppid, constants.signals.SIGUSR2);
    } catch (refused) {
      return String(refused);
    }
  },
};

console.log(JSON.stringify(await scenes[process.argv[2] ?? ""]?.()));

function withReader<T>(run: () => T): T {
  const timer = native.createTimer(() => undefined);
  const result = run();
  timer.close();
  return result;
}

/** Policy and priority of the JavaScript thread, of the reader thread, and each that occurs among the others. */
function schedulingOfThreads(): unknown {
  const reader = readerTask();
  const tasks = tasksOfProcess().filter((task) => task !== reader);
  const of = (task: string) => schedulingIn(readFileSync(`${task}/stat`, "utf8"));
  const others = new Map(tasks.map((task) => [JSON.stringify(of(task)), of(task)]));
  return {
    main: of("/proc/thread-self"),
    reader: reader === undefined ? undefined : of(reader),
    others: [...others.values()],
  };
}

function tasksOfProcess(): string[] {
  return readdirSync("/proc/self/task").map((task) => `/proc/self/task/${task}`);
}

/** The reader thread. It names itself when it first runs, which may be a while after it was started. */
function readerTask(): string | undefined {
  const isReader = (task: string) => readFileSync(`${task}/comm`, "utf8") === "vipward-reader\n";
  const giveUpAt = performance.now() + 5000;
  for (;;) {
    const reader = tasksOfProcess().find(isReader);
    if (reader !== undefined || performance.now() > giveUpAt) return reader;
    Bun.sleepSync(1);
  }
}

/** Fields 40 and 41 of proc_pid_stat(5); the second one is a name in brackets that may contain blanks. */
function schedulingIn(stat: string): { policy: number; priority: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { policy: Number(fields[38]), priority: Number(fields[37]) };
}

function niceIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}

function processorsOf(task: string): string {
  return /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync(`${task}/status`, "utf8"))?.[1] ?? "";
}

function statusText(field: string): string {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  return new RegExp(`^${field}:\\s+(\\w+)`, "m").exec(status)?.[1] ?? "";
}

function statusKilobytes(field: string): number {
  return Number(statusText(field));
}

function hasNetRaw(set: bigint): boolean {
  return (set & bitOf(capNetRaw)) !== 0n;
}

function rawSocketError(): string {
  try {
    native.openSocket(kernel.AF_INET, kernel.SOCK_RAW, kernel.protocolVrrp);
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant, seconds } from "../base/duration.ts";
import { silentLog } from "../base/log.ts";
import type { Event } from "../events/event.ts";
import { Child, type DesiredConfiguration } from "./child.ts";
import { isRunning } from "./process-table.ts";

const clock = { now: () => instant(performance.now()), wall: () => Date.now() };
const limits = { silence: seconds(1), look: seconds(0.1) };
let directory: string;
let events: Event[];
const started: number[] = [];
const children: Child<"vrrp">[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "child-"));
  events = [];
});

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop(false);
  for (const pid of started.splice(0)) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** A control's view of the fixture, of the given build. */
function watch(build = "build 1"): Child<"vrrp"> {
  const child = new Child<"vrrp">({
    role: "vrrp",
    build,
    runtimeDirectory: directory,
    clock,
    log: silentLog,
    limits,
    spawn: (role) => {
      const { pid } = Bun.spawn([process.execPath, join(import.meta.dir, "child-fixture.ts"), role, directory, build], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      started.push(pid);
      return pid;
    },
    report: (event) => events.push(event),
    onRemember: () => {},
  });
  children.push(child);
  child.start();
  return child;
}

/** A configuration that the fixture can tell by its lease. */
function leaseOf(count: number, revision: number): DesiredConfiguration<"vrrp"> {
  return { revision, configuration: () => ({ addressLease: seconds(count), instances: [] }) };
}

/** What the child says it runs. */
async function runningLease(child: Child<"vrrp">): Promise<string> {
  const before = events.length;
  await child.request({ kind: "state" });
  const said = events.slice(before).find((event) => event.kind === "agent-stopping");
  return said?.kind === "agent-stopping" ? said.reason : "nothing";
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error("waited in vain");
    await Bun.sleep(5);
  }
}

const pidOf = () => Number(readFileSync(join(directory, "vrrp.pid"), "utf8"));

test("a killed child is replaced at once, and the replacement runs what its predecessor ran", async () => {
  const child = watch();
  expect(await child.configure(leaseOf(7, 1))).toEqual([]);
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGKILL");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  expect(await runningLease(child)).toBe("lease 7000");
  expect(child.view).toMatchObject({ restarts: 1, revision: 1 });
  expect(events.filter(({ kind }) => kind.startsWith("process-")).map(({ kind }) => kind)).toEqual([
    "process-started",
    "process-ended",
    "process-started",
  ]);
});

test("a child that hangs is killed and replaced", async () => {
  const child = watch();
  await child.configure(leaseOf(8, 1));
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGSTOP");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  expect(isRunning(before)).toBe(false);
  expect(await runningLease(child)).toBe("lease 8000");
});

test("a restarted control finds the running child and does not disturb it", async () => {
  const first = watch();
  await first.configure(leaseOf(9, 4));
  const pid = first.view.pid;
  first.abandon();
  const second = watch();
  expect(await second.adopt(leaseOf(1000, 4))).toEqual([]);
  expect(second.view.pid).toBe(pid);
  expect(await runningLease(second)).toBe("lease 9000");
  expect(events).toContainEqual({ kind: "process-started", role: "vrrp", pid: pid ?? 0, adopted: true });
});

test("a running child with an older revision is given the current one", async () => {
  const first = watch();
  await first.configure(leaseOf(9, 4));
  first.abandon();
  const second = watch();
  await second.adopt(leaseOf(11, 5));
  expect(await runningLease(second)).toBe("lease 11000");
});

test("a child of another build hands over and is replaced by one of ours", async () => {
  const old = watch("build 1");
  await old.configure(leaseOf(9, 4));
  const before = old.view.pid ?? 0;
  old.abandon();
  const next = watch("build 2");
  await next.adopt(leaseOf(9, 4));
  expect(isRunning(before)).toBe(false);
  expect(next.view.pid).not.toBe(before);
  expect(await runningLease(next)).toBe("lease 9000");
});

test("what a child could not do is reported and does not become what it should run", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  const many = { addressLease: seconds(1), instances: new Array(11).fill({}) };
  expect(await child.configure({ revision: 2, configuration: () => many })).toEqual([
    { operation: "put address", object: "eth0", cause: { code: "ENODEV" } },
  ]);
  expect(child.view.revision).toBe(1);
});

test("a start that is given up ends the child that it started, greeted or not, and leaves one that it found", async () => {
  const early = watch();
  await early.giveUp();
  expect(started.filter(isRunning)).toEqual([]);
  const owner = watch();
  await owner.configure(leaseOf(7, 1));
  owner.abandon();
  const finder = watch();
  await finder.adopt(leaseOf(7, 1));
  await finder.giveUp();
  expect(isRunning(pidOf())).toBe(true);
});

test("a stopped child is gone, with its socket and its pid file", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  const pid = pidOf();
  await child.stop(false);
  expect(isRunning(pid)).toBe(false);
  expect([...new Bun.Glob("*").scanSync({ cwd: directory, onlyFiles: false })]).toEqual([]);
});

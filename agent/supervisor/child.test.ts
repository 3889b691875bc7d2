import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until as waitUntil } from "../../test/support/until.ts";
import { usualGeneral } from "../../test/support/vrrp-defaults.ts";
import { instant, type Milliseconds, seconds } from "../base/duration.ts";
import { type Log, type LogLevel, silentLog } from "../base/log.ts";
import type { Event } from "../events/event.ts";
import { Child } from "./child.ts";
import type { DesiredConfiguration } from "./child-options.ts";
import { isRunning, startedAt } from "./process-table.ts";
import { type Spawned, spawnCommand } from "./spawn.ts";

const clock = { now: () => instant(performance.now()), wall: () => Date.now() };
const limits = { busySilence: seconds(20), look: seconds(0.1), stop: seconds(2) };
/** How long a child may be silent: on a machine that does much else, one that runs may be so for seconds. */
let silence: Milliseconds;
const shortSilence = seconds(1);
let directory: string;
/** Where the fixture notes its stops. */
let stops: string;
let events: Event[];
let times: (number | undefined)[];
let notRestored: number;
let level: LogLevel | undefined;
const started: number[] = [];
const children: Child<"vrrp">[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "child-"));
  stops = `${directory}.stops`;
  // Where a process of the role has been before, one is started whatever the configuration.
  writeFileSync(join(directory, "vrrp.resume"), "");
  events = [];
  times = [];
  notRestored = 0;
  level = undefined;
  silence = seconds(20);
});

afterEach(async () => {
  for (const child of children.splice(0)) await (await child.stop(false)).gone;
  for (const pid of started.splice(0)) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
  rmSync(stops, { force: true });
});

/** A control's view of the fixture, of the given build. */
function watch(build = "build 1", spawn = () => startFixture(build), log: Log = silentLog): Child<"vrrp"> {
  const child = new Child<"vrrp">({
    role: "vrrp",
    build,
    runtimeDirectory: directory,
    clock,
    log,
    limits: { ...limits, silence },
    hasWork: ({ instances }) => instances.length > 0,
    spawn,
    ...(level !== undefined && { logLevel: () => level as LogLevel }),
    report: (event, at) => {
      events.push(event);
      times.push(at);
    },
    onRemember: () => {},
    onNotRestored: () => {
      notRestored += 1;
    },
  });
  children.push(child);
  child.start();
  return child;
}

function startFixture(build = "build 1"): Spawned {
  const fixture = join(import.meta.dir, "child-fixture.ts");
  const spawned = spawnCommand([process.execPath, fixture, "vrrp", directory, build]);
  started.push(spawned.pid);
  return spawned;
}

const spawnFixture = (build?: string) => startFixture(build).pid;

/** A configuration that the fixture takes and refuses. */
function tooMany(revision: number): DesiredConfiguration<"vrrp"> {
  const configuration = { addressLease: seconds(1), general: usualGeneral, instances: new Array(11).fill({}) };
  return { revision, configuration: () => configuration };
}

/** A configuration that the fixture can tell by its lease. */
function leaseOf(count: number, revision: number): DesiredConfiguration<"vrrp"> {
  return { revision, configuration: () => ({ addressLease: seconds(count), general: usualGeneral, instances: [] }) };
}

/** What the child says it runs. */
async function runningLease(child: Child<"vrrp">): Promise<string> {
  const before = events.length;
  await child.request({ kind: "state" });
  const said = events.slice(before).find((event) => event.kind === "agent-stopping");
  return said?.kind === "agent-stopping" ? said.reason : "nothing";
}

function until(condition: () => boolean): Promise<boolean> {
  return waitUntil(condition, { what: `this holds: ${condition}`, evidence: () => JSON.stringify(events.slice(-10)) });
}

function untilEqual(look: () => Promise<string>, expected: string): Promise<boolean> {
  return waitUntil(async () => (await look()) === expected, { what: `it is ${expected}` });
}

/** Tries again while the child is being replaced. */
function untilDone(action: () => Promise<unknown>): Promise<boolean> {
  const succeeds = () =>
    action().then(
      () => true,
      () => false,
    );
  return waitUntil(succeeds, { what: `this succeeds: ${action}` });
}

const pidOf = () => Number(readFileSync(join(directory, "vrrp.pid"), "utf8"));

test("a killed child is replaced at once, and the replacement runs what its predecessor ran", async () => {
  const child = watch();
  expect(await child.configure(leaseOf(7, 1))).toEqual({ failures: [] });
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGKILL");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  expect(await runningLease(child)).toBe("lease 7000");
  expect(notRestored).toBe(0);
  expect(child.view).toMatchObject({ restarts: 1, revision: 1 });
  expect(events.filter(({ kind }) => kind.startsWith("process-")).map(({ kind }) => kind)).toEqual([
    "process-started",
    "process-ended",
    "process-started",
  ]);
});

test("a child that hangs is killed and replaced", async () => {
  silence = shortSilence;
  const child = watch();
  await child.configure(leaseOf(8, 1));
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGSTOP");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  expect(isRunning(before)).toBe(false);
  expect(await runningLease(child)).toBe("lease 8000");
});

test("a child that works on a configuration is not taken for hung", async () => {
  silence = shortSilence;
  const child = watch();
  await child.configure(leaseOf(8, 1));
  const before = child.view.pid;
  expect(await child.configure(leaseOf(14, 2))).toMatchObject({ failures: [] });
  expect(child.view.pid).toBe(before);
});

test("a child that works on a plan is not taken for hung", async () => {
  silence = shortSilence;
  const child = watch();
  await child.configure(leaseOf(8, 1));
  const before = child.view.pid;
  const { configuration } = leaseOf(14, 2);
  expect(await child.request({ kind: "plan", configuration: configuration() })).toEqual({
    kind: "planned",
    plan: { counts: { added: 0, updated: 0, removed: 0 }, digest: "", first: [] },
  });
  expect(child.view.pid).toBe(before);
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
  expect(await child.configure(tooMany(2))).toEqual({
    failures: [{ operation: "put address", object: "eth0", cause: { code: "ENODEV" } }],
  });
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
  await (await child.stop(false)).gone;
  expect(isRunning(pid)).toBe(false);
  expect([...new Bun.Glob("*").scanSync({ cwd: directory, onlyFiles: false })]).toEqual(["vrrp.resume"]);
});

test("a child that a configuration kills is started again and again, and takes another one", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  await expect(child.restore(leaseOf(13, 2))).rejects.toThrow("the vrrp process does not answer");
  const asked = child.request({ kind: "state" }).catch(() => undefined);
  await until(() => events.filter(({ kind }) => kind === "process-ended").length >= 3);
  await asked;
  await untilDone(() => child.restore(leaseOf(8, 3)));
  await untilDone(async () => expect(await runningLease(child)).toBe("lease 8000"));
});

test("a child that refused a configuration does not say that it still runs the one before", async () => {
  const first = watch();
  await first.configure(leaseOf(9, 4));
  await first.configure(tooMany(5));
  expect(await first.adopt(leaseOf(9, 4))).toEqual([]);
  expect(await runningLease(first)).toBe("lease 9000");
  await first.configure(tooMany(5));
  first.abandon();
  const second = watch();
  await second.adopt(leaseOf(9, 4));
  expect(await runningLease(second)).toBe("lease 9000");
});

test("a replacement that cannot take all of its configuration is told, and its replacement is given it again", async () => {
  const child = watch();
  expect(await child.restore(tooMany(3))).toHaveLength(1);
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGKILL");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  await until(() => notRestored === 1);
  expect(await runningLease(child)).toBe("lease 1000");
});

test("a running child without a pid file is found by its socket", async () => {
  const first = watch();
  await first.configure(leaseOf(9, 4));
  first.abandon();
  rmSync(join(directory, "vrrp.pid"));
  const second = watch();
  await second.adopt(leaseOf(1000, 4));
  expect(second.view.pid).toBe(first.view.pid);
});

test("a pid file with somebody else's number ends nobody", async () => {
  const other = Bun.spawn(["sleep", "60"]);
  writeFileSync(join(directory, "vrrp.pid"), `${other.pid}\n`);
  const child = watch();
  await child.configure(leaseOf(7, 1));
  expect(isRunning(other.pid)).toBe(true);
  expect(child.view.pid).toBe(pidOf());
  other.kill();
});

test("a hung child of an earlier control is killed and replaced", async () => {
  silence = shortSilence;
  const first = watch();
  await first.configure(leaseOf(9, 4));
  const before = first.view.pid ?? 0;
  first.abandon();
  process.kill(before, "SIGSTOP");
  const second = watch();
  await second.adopt(leaseOf(9, 4));
  expect(isRunning(before)).toBe(false);
  expect(await runningLease(second)).toBe("lease 9000");
});

test("a child whose runtime directory was removed makes its place again, so that the next control finds it", async () => {
  const first = watch();
  await first.configure(leaseOf(9, 4));
  first.abandon();
  rmSync(directory, { recursive: true });
  await until(() => existsSync(join(directory, "vrrp.sock")));
  const second = watch();
  await second.adopt(leaseOf(1000, 4));
  expect(second.view.pid).toBe(first.view.pid);
  expect(await runningLease(second)).toBe("lease 9000");
});

test("of two processes of one role the older leaves", async () => {
  const older = spawnFixture();
  await until(() => existsSync(join(directory, "vrrp.sock")));
  const newer = spawnFixture();
  await until(() => !isRunning(older));
  const child = watch();
  await child.configure(leaseOf(7, 1));
  expect(child.view.pid).toBe(newer);
});

test("a start that is given up before the found child has greeted leaves it running", async () => {
  const pid = spawnFixture();
  await until(() => existsSync(join(directory, "vrrp.sock")));
  process.kill(pid, "SIGSTOP");
  const finder = watch();
  await finder.giveUp();
  process.kill(pid, "SIGCONT");
  await watch().request({ kind: "state" });
  expect(isRunning(pid)).toBe(true);
});

test("a child that is to resign gives up everything once, and stays to be stopped", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  const pid = pidOf();
  child.resign();
  await untilEqual(() => runningLease(child), "stopped 1 times");
  child.resign();
  const { failures, gone } = await child.stop(false);
  await gone;
  expect(failures).toEqual([]);
  expect(isRunning(pid)).toBe(false);
  expect(events.filter(({ kind }) => kind === "process-ended")).toEqual([]);
});

test("a child that has resigned ends with control, and the next control gets a new one", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  const pid = pidOf();
  child.resign();
  await untilEqual(() => runningLease(child), "stopped 1 times");
  child.abandon();
  await until(() => !isRunning(pid));
  await watch().configure(leaseOf(7, 1));
  expect(pidOf()).not.toBe(pid);
});

test("a stop while the child is being replaced waits for the replacement, which has to remove what is there", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  process.kill(child.view.pid ?? 0, "SIGKILL");
  await until(() => child.view.pid === undefined);
  const { failures, gone } = await child.stop(false);
  expect(failures).toEqual([]);
  await gone;
  expect(events.filter(({ kind }) => kind === "process-started")).toHaveLength(2);
  expect(started.filter(isRunning)).toEqual([]);
});

test("a child that has to be killed to stop is replaced once more, and the replacement removes what is there", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  process.kill(child.view.pid ?? 0, "SIGSTOP");
  const { failures, gone } = await child.stop(false);
  expect(failures).toEqual([]);
  await gone;
  expect(started.map(isRunning)).toEqual([false, false]);
  expect(readFileSync(stops, "utf8")).toBe("nothing was running\n");
});

test("a child that dies of its stop is replaced once more, and the replacement removes what is there", async () => {
  const child = watch();
  await child.configure(leaseOf(15, 1));
  const { failures, gone } = await child.stop(false);
  expect(failures).toEqual([]);
  await gone;
  expect(started.map(isRunning)).toEqual([false, false]);
  expect(readFileSync(stops, "utf8")).toBe("nothing was running\n");
});

test("a child that cannot be stopped, nor replaced for it, is told as one that may have left something behind", async () => {
  let spawns = 0;
  const child = watch("build 1", () => (spawns++ === 0 ? startFixture() : spawnCommand(["/no/such/program"])));
  await child.configure(leaseOf(7, 1));
  process.kill(child.view.pid ?? 0, "SIGSTOP");
  const text =
    "the vrrp process did not answer within 2000 ms and was killed; the addresses that it held go by themselves when their lease ends";
  const { failures, gone } = await child.stop(false);
  expect(failures).toEqual([{ operation: "stop", object: "vrrp", cause: { code: "ESRCH", text } }]);
  await gone;
  expect(started.filter(isRunning)).toEqual([]);
});

test("an event says when it happened, not when control heard of it", async () => {
  const before = Date.now();
  const child = watch();
  await runningLease(child);
  const at = times[events.findIndex(({ kind }) => kind === "agent-stopping")];
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test("a process that cannot be started is tried again, with one line each time, and a stop ends all the same", async () => {
  const warned: unknown[] = [];
  const log: Log = { ...silentLog, warn: (name, fields) => warned.push([name, fields]) };
  let missing = 2;
  const child = watch("build 1", () => (missing-- > 0 ? spawnCommand(["/no/such/program"]) : startFixture()), log);
  expect(await child.configure(leaseOf(7, 1))).toBeDefined();
  const problem = expect.stringMatching(/^it cannot be started: .*ENOENT/);
  expect(warned).toEqual([1, 2].map((attempts) => ["process-start-failed", { role: "vrrp", attempts, problem }]));

  await child.stop(false);
  const never = watch("build 1", () => spawnCommand(["/no/such/program"]));
  expect((await never.stop(false)).failures).toEqual([]);
});

test("a child that ended is told with its exit code or signal", async () => {
  const child = watch();
  await child.configure(leaseOf(7, 1));
  process.kill(child.view.pid ?? 0, "SIGKILL");
  await until(() => child.view.restarts === 1);
  await child.configure(leaseOf(13, 2)).catch(() => {});
  await until(() => child.view.restarts === 2);
  expect(events.flatMap((event) => (event.kind === "process-ended" ? [event.reason] : []))).toEqual([
    "it was ended by SIGKILL",
    "it ended with exit code 1",
  ]);
});

test("a child that was found is as old as its process, not as our knowing it", async () => {
  const pid = spawnFixture();
  await until(() => existsSync(join(directory, "vrrp.sock")));
  await until(() => Date.now() - (startedAt(pid, Date.now()) ?? Date.now()) > 100);
  const child = watch();
  await until(() => child.view.pid === pid);
  expect(Math.abs(child.view.since - (startedAt(pid, Date.now()) ?? 0))).toBeLessThan(20);
  expect(Date.now() - child.view.since).toBeGreaterThan(90);
});

test("a process that cannot take its place in the runtime directory ends with a code of its own, not with a fault", async () => {
  const file = join(directory, "a file");
  writeFileSync(file, "");
  const { pid, ended } = spawnCommand([process.execPath, join(import.meta.dir, "child-fixture.ts"), "vrrp", file, ""]);
  started.push(pid);
  expect(await ended).toBe("it ended with exit code 73");
});

test("a child that has nothing to do is not started, until a configuration gives it something", async () => {
  rmSync(join(directory, "vrrp.resume"));
  const child = watch();
  expect(await child.configure(leaseOf(7, 1))).toEqual({ failures: [] });
  expect(child.view).toMatchObject({ needed: false, restarts: 0, revision: 1 });
  expect(started).toEqual([]);
  expect(await child.configure(tooMany(2))).toMatchObject({ failures: [{ object: "eth0" }] });
  expect(child.view).toMatchObject({ needed: true, pid: pidOf() });
});

test("a stop of a child that was never needed leaves nothing to complain about", async () => {
  rmSync(join(directory, "vrrp.resume"));
  const child = watch();
  await child.restore(leaseOf(7, 1));
  expect((await child.stop(false)).failures).toEqual([]);
  expect(started).toEqual([]);
});

test("a child logs at the level that holds, also the one that takes its place", async () => {
  level = "debug";
  const child = watch();
  const said = async () => {
    await runningLease(child);
    return events.findLast((event) => event.kind === "agent-stopping" && event.reason.startsWith("logs"));
  };
  expect(await said()).toMatchObject({ reason: "logs debug" });
  level = "warn";
  child.tellLogLevel();
  expect(await said()).toMatchObject({ reason: "logs warn" });
  const before = child.view.pid ?? 0;
  process.kill(before, "SIGKILL");
  await until(() => child.view.pid !== undefined && child.view.pid !== before);
  events.length = 0;
  expect(await said()).toMatchObject({ reason: "logs warn" });
});

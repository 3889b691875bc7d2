// Entry of the control process: finds or starts the two children, opens the store, runs the configuration, serves the API, and ends
// only when it is asked to. It holds no right that writes in the kernel; what it composes does the work.

import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { seconds } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { build, version } from "../base/version.ts";
import type { Event } from "../events/event.ts";
import { logEvent } from "../events/event-log.ts";
import { Journal } from "../events/journal.ts";
import { linuxClock } from "../kernel/linux/clock.ts";
import { setProcessName } from "../kernel/linux/native.ts";
import { openServiceManager } from "../kernel/linux/service-manager.ts";
import type { ServiceManager } from "../kernel/service-manager.ts";
import { Child } from "../supervisor/child.ts";
import { restartPause } from "../supervisor/core/restart.ts";
import { missingRights } from "../supervisor/privileges.ts";
import type { ChildRole } from "../supervisor/protocol.ts";
import { type LogSettings, processLog, roleCommand } from "../supervisor/role.ts";
import { ComposedAgent, checkersPort, vrrpPort } from "./agent.ts";
import { applyFile, startFromFile } from "./config-file.ts";
import { Feed } from "./feed.ts";
import { ApiServer, agentAt, ListenError } from "./server.ts";
import { StateHub } from "./state-hub.ts";
import { Store } from "./store/store.ts";
import { StoreError } from "./store/store-error.ts";
import { Transactions } from "./transactions.ts";

/** What `vipward run` was told. */
export interface RunOptions {
  readonly configFile: string | undefined;
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
  readonly log: LogSettings;
}

/** Why the agent does not start: a sentence for people, and the exit code. */
export class CannotRun extends Error {
  readonly exitCode: 1 | 2 | 4;

  constructor(exitCode: 1 | 2 | 4, message: string) {
    super(message);
    this.name = "CannotRun";
    this.exitCode = exitCode;
  }
}

/** How long a child may be silent before it counts as hung. A checkers process may be busy with a large table for longer. */
const silence = { vrrp: seconds(1), checkers: seconds(3) } as const;

/** Runs the agent; resolves with the exit code when it was asked to stop. Rejects with CannotRun when it cannot start. */
export async function runControl(options: RunOptions): Promise<number> {
  await expectRoom(options);
  setProcessName("vipward");
  const log = processLog("control", options.log);
  log.info("agent-starting", { version: build, pid: process.pid });
  const store = openStore(options);
  const journal = new Journal({ store, log, wall: linuxClock.wall });
  const feed = new Feed();
  journal.onEvent((entry) => feed.publish({ kind: "event", entry }));
  const report = (event: Event, at?: number) => {
    logEvent(log, event);
    journal.report(event, at);
    agent.changed();
  };
  const child = <Role extends ChildRole>(role: Role) =>
    new Child<Role>({
      role,
      build,
      runtimeDirectory: options.runtimeDirectory,
      clock: linuxClock,
      log,
      limits: { silence: silence[role], look: seconds(0.1) },
      spawn: (which) => spawnChild(which, options),
      report,
      onRemember: (memory) => store.rememberChecker(memory),
      onNotRestored: () => transactions.repair(),
    });
  const vrrp = child("vrrp");
  const checkers = child("checkers");
  vrrp.start();
  checkers.start();

  const bootId = randomUUID();
  const hub = new StateHub({ bootId, numbers: journal, feed, wall: linuxClock.wall });
  const transactions = new Transactions({
    store,
    checkers: checkersPort(checkers, store),
    vrrp: vrrpPort(vrrp),
    instances: () => hub.instances(),
    report,
    log,
    clock: linuxClock,
    pause: (attempt) => Bun.sleep(Math.max(200, restartPause(attempt))),
    onChange: () => agent.changed(),
  });
  const ended = Promise.withResolvers<void>();
  const { runtimeDirectory, stateDirectory } = options;
  const agent = new ComposedAgent({
    bootId,
    startedAt: Date.now(),
    runtimeDirectory,
    stateDirectory,
    store,
    journal,
    feed,
    hub,
    transactions,
    vrrp,
    checkers,
    log,
    onStopped: ended.resolve,
  });

  const file = { store, transactions, log };
  const started = await startFromFile(file, options.configFile);
  if (started.kind === "wrong" || started.kind === "refused") {
    await Promise.all([vrrp.giveUp(), checkers.giveUp()]);
    store.close();
    throw new CannotRun(started.kind === "wrong" ? 2 : 1, started.report);
  }
  const server = new ApiServer({ agent, runtimeDirectory, log });
  await listen(server);
  const serviceManager = openServiceManager(process.env, process.pid);
  obeySignals(agent, log, () => options.configFile && reload(options.configFile));
  announceReady(serviceManager);
  log.info("agent-ready", { version, revision: transactions.running?.revision.number ?? 0, socket: server.socketPath });

  await ended.promise;
  serviceManager.notify({ STOPPING: "1" });
  feed.close();
  await server.stop();
  journal.close();
  store.close();
  log.info("agent-stopped");
  await log.flush();
  return 0;

  async function reload(path: string): Promise<void> {
    serviceManager.notify({ RELOADING: "1", MONOTONIC_USEC: String(Math.round(linuxClock.now() * 1000)) });
    const outcome = await applyFile(file, path);
    if ("report" in outcome) log.error("file-not-applied", { file: path, problem: outcome.report });
    else
      log.info("reload-done", {
        file: path,
        outcome: outcome.kind,
        revision: transactions.running?.revision.number ?? 0,
      });
    serviceManager.notify({ READY: "1" });
  }
}

/** Refuses to start where the agent could not work: no rights, no place for its sockets, another agent in that place. */
async function expectRoom({ runtimeDirectory }: RunOptions): Promise<void> {
  const missing = missingRights();
  if (missing !== undefined) throw new CannotRun(4, missing);
  try {
    mkdirSync(runtimeDirectory, { recursive: true, mode: 0o750 });
  } catch (thrown) {
    throw new CannotRun(
      4,
      `cannot make the runtime directory ${runtimeDirectory}: ${messageOf(thrown)}: choose another with --runtime-dir`,
    );
  }
  const other = await agentAt(runtimeDirectory);
  if (other !== undefined)
    throw new CannotRun(
      1,
      `another agent answers on ${other}: stop it first (vipward stop), or choose another --runtime-dir and --state-dir`,
    );
}

async function listen(server: ApiServer): Promise<void> {
  try {
    await server.start();
  } catch (thrown) {
    if (!(thrown instanceof ListenError)) throw thrown;
    throw new CannotRun(1, thrown.message);
  }
}

function openStore({ stateDirectory }: RunOptions): Store {
  try {
    return Store.open(stateDirectory);
  } catch (thrown) {
    if (!(thrown instanceof StoreError)) throw thrown;
    throw new CannotRun(thrown.problem === "not-writable" ? 4 : 1, thrown.message);
  }
}

/** A child gets a session of its own, so that Ctrl-C reaches control alone, and an environment without surprises. */
function spawnChild(role: ChildRole, { runtimeDirectory, log }: RunOptions): number {
  const child = Bun.spawn(roleCommand({ role, runtimeDirectory, log }), {
    stdio: ["ignore", "inherit", "inherit"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    detached: true,
  });
  child.unref();
  return child.pid;
}

function obeySignals(agent: ComposedAgent, log: Log, reload: () => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info("signal", { signal });
      void agent.stop({ keep: false, reason: `control got ${signal}` });
    });
  }
  process.on("SIGHUP", () => reload());
}

/** Tells the service manager that we work, and, where it wants to hear it, that we still do. */
function announceReady(serviceManager: ServiceManager): void {
  serviceManager.notify({ READY: "1", MAINPID: String(process.pid) });
  const interval = serviceManager.watchdogInterval;
  if (interval !== undefined) setInterval(() => serviceManager.notify({ WATCHDOG: "1" }), interval / 3).unref();
}

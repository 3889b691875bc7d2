// Entry of the control process: takes its place, composes the agent, runs the configuration, serves the API, and ends only when it is asked to.
// It holds no right that writes in the kernel; what it composes (compose.ts) does the work.

import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf, OperationError } from "../base/errors.ts";
import { build, version } from "../base/version.ts";
import { machineSurroundings } from "../config/keepalived/expand/surroundings.ts";
import { linuxClock } from "../kernel/linux/clock.ts";
import { setProcessName } from "../kernel/linux/native.ts";
import { moveToNamespace } from "../kernel/linux/network-namespace.ts";
import { openServiceManager } from "../kernel/linux/service-manager.ts";
import type { ServiceManager } from "../kernel/service-manager.ts";
import { missingRights } from "../supervisor/privileges.ts";
import { childRoles } from "../supervisor/protocol.ts";
import { type LogSettings, processLog, thisCommand } from "../supervisor/role.ts";
import { type PreparedAccess, prepareAccess } from "./access/prepare-access.ts";
import { type Composition, composeAgent } from "./compose.ts";
import { applyFile, rolesMentionedIn, startFromFile } from "./config-file.ts";
import { ListenError } from "./listen-error.ts";
import { namespaceToEnter } from "./network-namespace.ts";
import { lockRuntimeDirectory, type RuntimeLock } from "./runtime-lock.ts";
import type { ApiServer } from "./server.ts";
import { Store } from "./store/store.ts";
import { StoreError } from "./store/store-error.ts";

/** What `vipward run` was told. */
export interface RunOptions {
  readonly configFile: string | undefined;
  /** What lines of a keepalived.conf that begin with @ are compared with; undefined: the host's name. */
  readonly configId: string | undefined;
  readonly runtimeDirectory: string;
  readonly stateDirectory: string;
  readonly log: LogSettings;
  /** Whether programs that are configured are run (--allow-scripts). */
  readonly allowScripts: boolean;
  /** The address and port on which the API is served over TCP, and its certificates. */
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  /** The file with the rules about who may do what. */
  readonly accessFile?: string;
  /** The address and port on which metrics are served over HTTP. */
  readonly metrics?: string;
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

/** Runs the agent; resolves with the exit code when it was asked to stop. Rejects with CannotRun when it cannot start. */
export async function runControl(given: RunOptions): Promise<number> {
  const options = withFullPaths(given);
  const lock = await takePlace(options);
  const prepared = await prepareAccess(options).catch((thrown) => {
    throw cannotRun(thrown);
  });
  const store = openStore(options);
  const networkNamespace = enterNamespaceOf(options, store);
  setProcessName("vipward");
  const log = processLog("control", options.log);
  log.info("agent-starting", { version: build, pid: process.pid });
  const parts = composeAgent({ ...options, store, log, childLog: options.log, networkNamespace });
  const serviceManager = openServiceManager(process.env, process.pid);
  obeySignals(parts, options, serviceManager);
  parts.start(rolesMentionedIn(options.configFile));
  // Reading a large file holds this process up, and the children can come up meanwhile.
  await new Promise((started) => setImmediate(started));
  let server: ApiServer | undefined;
  try {
    // First, so that a port that somebody else has is found out while nothing is programmed.
    if (options.metrics !== undefined) await watchOver(parts, options.metrics);
    await runConfiguration(parts, options);
    if (!parts.agent.isStopping) server = await serve(parts, { options, prepared, serviceManager });
    // An agent without any configuration waits for a push: then nobody should have to be started first.
    if (parts.transactions.running === undefined) parts.start(new Set(childRoles));
  } catch (thrown) {
    await parts.giveUp();
    await log.flush();
    throw cannotRun(thrown);
  }
  await parts.stopped;
  serviceManager.notify({ STOPPING: "1" });
  await end(server, parts, lock);
  return 0;
}

/** Before anything is started, so that it is there. */
function enterNamespaceOf({ configFile, configId }: RunOptions, store: Store): string | undefined {
  try {
    const name = namespaceToEnter({ store, surroundings: machineSurroundings(configId) }, configFile);
    if (name !== undefined) moveToNamespace(name, thisCommand());
    return name;
  } catch (thrown) {
    store.close();
    throw thrown instanceof OperationError ? new CannotRun(1, thrown.message) : cannotRun(thrown);
  }
}

/** Another control process finds the children by these paths, from wherever it is started. */
function withFullPaths(given: RunOptions): RunOptions {
  const { runtimeDirectory, stateDirectory } = given;
  return { ...given, runtimeDirectory: resolve(runtimeDirectory), stateDirectory: resolve(stateDirectory) };
}

/** Has the agent run what it should. Where there is nothing else to run, a file that is wrong or refused ends it. */
async function runConfiguration(parts: Composition, { configFile, configId }: RunOptions): Promise<void> {
  parts.overrides.begin();
  parts.confirmations.begin();
  const started = await startFromFile({ ...parts, surroundings: machineSurroundings(configId) }, configFile);
  if (parts.agent.isStopping || started.kind === "applied" || started.kind === "unchanged") return;
  throw new CannotRun(started.kind === "wrong" ? 2 : 1, started.report);
}

interface Served {
  readonly options: RunOptions;
  readonly prepared: PreparedAccess;
  readonly serviceManager: ServiceManager;
}

/** Monitoring may ask from the first moment on. */
async function watchOver({ agent, log }: Composition, address: string): Promise<void> {
  const { serveMetrics } = await import("./metrics/server.ts");
  serveMetrics({ agent, address, log });
}

/** The server comes last, and its libraries with it: the children should have their work first. */
async function serve(
  { agent, transactions, certificates, report, log }: Composition,
  { options, prepared, serviceManager }: Served,
): Promise<ApiServer> {
  const { runtimeDirectory } = options;
  const { ApiServer } = await import("./server.ts");
  const { openAccess } = await import("./access/open-access.ts");
  const { access, tcp, certificate, reload } = openAccess({ prepared, options, report, log });
  if (certificate !== undefined) certificates.serve(certificate);
  process.on("SIGHUP", reload);
  const server = new ApiServer({ agent, runtimeDirectory, log, access, ...(tcp !== undefined && { tcp }) });
  await server.start();
  announceReady(serviceManager);
  const revision = transactions.running?.revision.number ?? 0;
  log.info("agent-ready", { version, revision, socket: server.socketPath });
  compileFromNowOn();
  return server;
}

/** How long the start's own work may go on after it is ready: reading files again, greeting children, whoever waited to connect. */
const startIsOverMs = 5000;

/** What a controller asks, it asks for weeks: the start is what runs once (decision 0008). */
function compileFromNowOn(): void {
  setTimeout(() => Bun.unsafe.setJITPolicy(1), startIsOverMs).unref();
}

async function end(server: ApiServer | undefined, parts: Composition, lock: RuntimeLock): Promise<void> {
  parts.feed.close();
  await server?.stop();
  parts.close();
  lock.release();
  parts.log.info("agent-stopped");
  await parts.log.flush();
}

/** What ends a start, as a sentence and an exit code; a fault of ours stays what it is. */
function cannotRun(thrown: unknown): unknown {
  if (thrown instanceof ListenError) return new CannotRun(thrown.exitCode, thrown.message);
  if (thrown instanceof StoreError) return new CannotRun(thrown.problem === "not-writable" ? 4 : 1, thrown.message);
  return thrown;
}

/** Refuses to start where the agent could not work: no rights, no place for its sockets, another agent in that place. */
async function takePlace({ runtimeDirectory }: RunOptions): Promise<RuntimeLock> {
  const missing = missingRights();
  if (missing !== undefined) throw new CannotRun(4, missing);
  try {
    mkdirSync(runtimeDirectory, { recursive: true, mode: 0o750 });
  } catch (thrown) {
    throw unusable(runtimeDirectory, thrown);
  }
  const other = await agentIn(runtimeDirectory).catch((thrown) => {
    throw cannotRun(thrown);
  });
  if (other !== undefined) throw anotherAgent(`answers on ${other}`);
  return lockedDirectory(runtimeDirectory);
}

/** The agent that answers in a runtime directory; nobody is asked where there is no socket. */
async function agentIn(runtimeDirectory: string): Promise<string | undefined> {
  if (!existsSync(join(runtimeDirectory, "vipward.sock"))) return undefined;
  const { agentAt } = await import("./server.ts");
  return agentAt(runtimeDirectory);
}

async function lockedDirectory(runtimeDirectory: string): Promise<RuntimeLock> {
  let lock: RuntimeLock | undefined;
  try {
    lock = await lockRuntimeDirectory(runtimeDirectory);
  } catch (thrown) {
    throw unusable(runtimeDirectory, thrown);
  }
  if (lock === undefined) throw anotherAgent(`has the runtime directory ${runtimeDirectory}`);
  return lock;
}

function unusable(runtimeDirectory: string, thrown: unknown): CannotRun {
  const what = `cannot use the runtime directory ${runtimeDirectory}: ${messageOf(thrown)}`;
  return new CannotRun(4, `${what}: choose another with --runtime-dir`);
}

function anotherAgent(where: string): CannotRun {
  const remedy = "stop it first (vipward stop), or choose another --runtime-dir and --state-dir";
  return new CannotRun(1, `another agent ${where}: ${remedy}`);
}

function openStore({ stateDirectory }: RunOptions): Store {
  try {
    return Store.open(stateDirectory);
  } catch (thrown) {
    throw cannotRun(thrown);
  }
}

/** From the first moment on: a stop during the start stops the children too. */
function obeySignals(parts: Composition, options: RunOptions, serviceManager: ServiceManager): void {
  const { agent, log } = parts;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info("signal", { signal });
      void agent.stop({ keep: false, reason: `control got ${signal}` });
    });
  }
  process.on("SIGHUP", () => {
    if (options.configFile !== undefined) void reload(parts, options.configFile, options.configId, serviceManager);
    else {
      log.info("reload-skipped", { why: "the agent was started without --config" });
      void parts.transactions.rereadSecrets();
    }
  });
}

async function reload(
  parts: Composition,
  file: string,
  configId: string | undefined,
  serviceManager: ServiceManager,
): Promise<void> {
  const { log } = parts;
  serviceManager.notify({ RELOADING: "1", MONOTONIC_USEC: String(Math.round(linuxClock.now() * 1000)) });
  const outcome = await applyFile({ ...parts, surroundings: machineSurroundings(configId) }, file);
  if (outcome.kind === "unchanged") await parts.transactions.rereadSecrets();
  const revision = parts.transactions.running?.revision.number ?? 0;
  if ("report" in outcome) log.error("file-not-applied", { file, revision, problem: outcome.report });
  else log.info("reload-done", { file, outcome: outcome.kind, revision });
  serviceManager.notify({ READY: "1" });
}

/** Tells the service manager that we work, and, where it wants to hear it, that we still do. */
function announceReady(serviceManager: ServiceManager): void {
  serviceManager.notify({ READY: "1", MAINPID: String(process.pid) });
  const interval = serviceManager.watchdogInterval;
  if (interval !== undefined) setInterval(() => serviceManager.notify({ WATCHDOG: "1" }), interval / 3).unref();
}

// Control's end of the talk with one child: finds it running or starts it, watches its heartbeats, replaces it when it is dead or
// hung, and gives a replacement the configuration that its predecessor had.

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { CheckerMemory } from "../balancer/view.ts";
import type { Clock } from "../base/clock.ts";
import { elapsed, type Instant, milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { ReportEvent } from "../events/event.ts";
import { Channel } from "./channel.ts";
import { pidPath, socketPath } from "./child-server.ts";
import { beginHeartbeat, type HeartbeatLimits, type HeartbeatState, heard, look } from "./core/heartbeat.ts";
import { countQuickEnds, restartPause } from "./core/restart.ts";
import { commandLine, isRunning, signalProcess } from "./process-table.ts";
import type { ChildConfiguration, ChildRole, Outcome, Report, Request } from "./protocol.ts";

/** What control gives to a child's watcher. */
export interface ChildOptions<Role extends ChildRole> {
  readonly role: Role;
  readonly build: string;
  readonly runtimeDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: HeartbeatLimits;
  /** Starts the process and returns its id. */
  readonly spawn: (role: ChildRole) => number;
  readonly report: ReportEvent;
  readonly onRemember: (memory: CheckerMemory) => void;
}

/** A request that can be answered only by a child that is not there now. */
export class ChildUnavailable extends Error {
  constructor(role: ChildRole, why: string) {
    super(`the ${role} process does not answer: ${why}`);
    this.name = "ChildUnavailable";
  }
}

/** A child's process: `pid` is missing while none answers; `since` is Unix milliseconds; `restarts` counts since control started. */
export interface ChildView {
  readonly role: ChildRole;
  readonly build: string;
  readonly pid?: number;
  readonly since: number;
  readonly restarts: number;
  readonly revision: number;
  readonly maxLatenessMs: number;
}

/** The configuration that a child should run: made when it is needed, so that what is remembered is fresh. */
export interface DesiredConfiguration<Role extends ChildRole> {
  readonly revision: number;
  readonly configuration: () => ChildConfiguration[Role];
}

type RequestBody<Role extends ChildRole> =
  Request<Role> extends infer One ? (One extends unknown ? Omit<One, "id"> : never) : never;

interface Waiting<Role extends ChildRole> {
  readonly resolve: (outcome: Outcome<Role>) => void;
  readonly reject: (error: Error) => void;
}

interface Connected<Role extends ChildRole> {
  readonly channel: Channel<Report<Role>, Request<Role>>;
  readonly pid: number;
  readonly revision: number | undefined;
}

/** How long a process may take from its start to its first word. */
const greetingLimitMs = 15_000;

/** How long a process may take to exit after it was asked to. */
const exitLimitMs = 3_000;

/** One child of control, kept alive from `start` until `stop` or `abandon`. */
export class Child<Role extends ChildRole> {
  readonly #options: ChildOptions<Role>;
  readonly #waiting = new Map<number, Waiting<Role>>();
  readonly #onReady = new Set<() => void>();
  #connected: Connected<Role> | undefined;
  #desired: DesiredConfiguration<Role> | undefined;
  #heartbeat: HeartbeatState;
  #looking: ReturnType<typeof setInterval> | undefined;
  #startedAt: Instant;
  #quickEnds = 0;
  #nextId = 1;
  #over = false;
  #maxLatenessMs = 0;
  #since: number;
  #restarts = -1;
  #bringing: Promise<void> = Promise.resolve();
  #startedByUs = false;

  constructor(options: ChildOptions<Role>) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#heartbeat = beginHeartbeat(this.#startedAt);
    this.#since = options.clock.wall();
  }

  /** The process as it is now. */
  get view(): ChildView {
    const { role, build } = this.#options;
    const pid = this.#connected?.pid;
    const revision = this.#desired?.revision ?? this.#connected?.revision ?? 0;
    const seen = {
      role,
      build,
      since: this.#since,
      restarts: this.#restarts,
      revision,
      maxLatenessMs: this.#maxLatenessMs,
    };
    return pid === undefined ? seen : { ...seen, pid };
  }

  /** Finds a running child or starts one. Returns at once; requests wait until the child has greeted. */
  start(): void {
    this.#bringing = this.#bringUp(true);
    this.#looking = setInterval(() => this.#look(), this.#options.limits.look);
  }

  /** Gives the child a configuration and returns what it could not do. When it could, a replacement will be given the same. */
  async configure(desired: DesiredConfiguration<Role>): Promise<readonly OperationFailure[]> {
    const outcome = await this.request({
      kind: "configure",
      revision: desired.revision,
      configuration: desired.configuration(),
    } as RequestBody<Role>);
    if (outcome.kind !== "done") return failuresOf(outcome);
    this.#desired = desired;
    return [];
  }

  /** Takes the word of a running child that it already runs this revision; otherwise gives it the configuration. */
  async adopt(desired: DesiredConfiguration<Role>): Promise<readonly OperationFailure[]> {
    const connected = await this.#ready();
    if (connected.revision !== desired.revision) return this.configure(desired);
    this.#desired = desired;
    return [];
  }

  /** Asks the child; waits for it to be there. Rejects with ChildUnavailable when it goes away before it answers. */
  async request(body: RequestBody<Role>): Promise<Outcome<Role>> {
    const { channel } = await this.#ready();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      channel.send({ ...body, id } as unknown as Request<Role>);
    });
  }

  /** Stops the child for good and waits until its process is gone; one that does not go is killed. */
  async stop(keep: boolean): Promise<readonly OperationFailure[]> {
    return this.#end({ kind: "stop", keep } as RequestBody<Role>);
  }

  /** Leaves the child running and forgets it, as a control process does that ends without stopping the agent. */
  abandon(): void {
    this.#over = true;
    clearInterval(this.#looking);
    this.#connected?.channel.close();
  }

  /** Undoes `start`: ends a child that this control has started, and leaves one that it found. */
  async giveUp(): Promise<void> {
    if (!this.#startedByUs) return this.abandon();
    await this.stop(false);
  }

  /** Has the child exit and leave everything in place, then starts its replacement. */
  async replace(): Promise<void> {
    await this.#end({ kind: "hand-over" } as RequestBody<Role>);
    this.#over = false;
    this.start();
    await this.#ready();
  }

  async #end(body: RequestBody<Role>): Promise<readonly OperationFailure[]> {
    const pid = this.#connected?.pid;
    this.#over = true;
    clearInterval(this.#looking);
    if (pid === undefined) {
      // A process that has not greeted yet has nothing to undo; whoever brings it up sees that it is over, and ends it.
      await this.#bringing;
      return [];
    }
    const outcome = await Promise.race([this.request(body), sleep(exitLimitMs)]).catch(() => undefined);
    if (outcome === undefined || !(await this.#waitGone(pid))) await this.#ensureGone(pid);
    this.#connected?.channel.close();
    return outcome === undefined ? [] : failuresOf(outcome);
  }

  async #bringUp(mayAttach: boolean): Promise<void> {
    while (!this.#over) {
      const expected = mayAttach ? runningPid(this.#options.runtimeDirectory, this.#options.role) : undefined;
      const pid = expected ?? this.#spawn();
      mayAttach = false;
      if (await this.#meet(pid, expected !== undefined)) return;
      await this.#ensureGone(pid);
      await this.#pause();
    }
  }

  #spawn(): number {
    this.#startedAt = this.#options.clock.now();
    this.#startedByUs = true;
    return this.#options.spawn(this.#options.role);
  }

  /** Connects to the process until it greets; false when it ended, is of another build, or never spoke. */
  async #meet(pid: number, adopted: boolean): Promise<boolean> {
    const { clock, role, build, report, log } = this.#options;
    const giveUpAt = clock.now() + (adopted ? this.#options.limits.silence : greetingLimitMs);
    while (clock.now() < giveUpAt && isRunning(pid) && !this.#over) {
      const greeted = await this.#greet(giveUpAt - clock.now());
      if (greeted === undefined) {
        await sleep(3);
        continue;
      }
      if (greeted.hello.build !== build) {
        log.info("process-of-another-build", { role, pid, build: greeted.hello.build });
        greeted.channel.send({ kind: "hand-over", id: 0 } as Request<Role>);
        await this.#waitGone(pid);
        return false;
      }
      this.#connected = { channel: greeted.channel, pid: greeted.hello.pid, revision: greeted.hello.revision };
      this.#heartbeat = beginHeartbeat(clock.now());
      this.#since = clock.wall();
      this.#restarts += 1;
      this.#maxLatenessMs = 0;
      report({ kind: "process-started", role, pid: greeted.hello.pid, adopted });
      await this.#restoreConfiguration();
      for (const ready of this.#onReady) ready();
      this.#onReady.clear();
      return true;
    }
    return false;
  }

  /** One attempt to connect and hear the child's hello. */
  #greet(
    limitMs: number,
  ): Promise<{ channel: Channel<Report<Role>, Request<Role>>; hello: Report<Role> & { kind: "hello" } } | undefined> {
    return new Promise((resolve) => {
      const socket = connect(socketPath(this.#options.runtimeDirectory, this.#options.role));
      const limit = setTimeout(() => channel.close(), limitMs);
      const channel: Channel<Report<Role>, Request<Role>> = new Channel(socket, {
        onMessage: (message) => {
          if (message.kind !== "hello") return this.#hear(message);
          clearTimeout(limit);
          resolve({ channel, hello: message });
        },
        onClosed: (reason) => {
          clearTimeout(limit);
          resolve(undefined);
          if (this.#connected?.channel === channel) this.#lost(reason);
        },
      });
    });
  }

  /** A process that was just started gets what its predecessor ran. */
  async #restoreConfiguration(): Promise<void> {
    const desired = this.#desired;
    const connected = this.#connected;
    if (desired === undefined || connected === undefined || connected.revision === desired.revision) return;
    const id = this.#nextId++;
    const outcome = await new Promise<Outcome<Role>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      connected.channel.send({
        kind: "configure",
        id,
        revision: desired.revision,
        configuration: desired.configuration(),
      } as unknown as Request<Role>);
    }).catch(() => undefined);
    if (outcome?.kind !== "failed") return;
    for (const failure of outcome.failures)
      this.#options.log.error("configuration-not-restored", { role: this.#options.role, ...flat(failure) });
  }

  #hear(message: Report<Role>): void {
    this.#heartbeat = heard(this.#heartbeat, this.#options.clock.now());
    switch (message.kind) {
      case "hello":
        return;
      case "heartbeat":
        this.#maxLatenessMs = Math.max(this.#maxLatenessMs, message.maxLatenessMs);
        return;
      case "event":
        return this.#options.report(message.event);
      case "remember":
        return this.#options.onRemember(message.memory);
      case "reply":
        this.#waiting.get(message.id)?.resolve(message.outcome);
        this.#waiting.delete(message.id);
    }
  }

  #look(): void {
    const seen = look(this.#heartbeat, this.#options.limits, this.#options.clock.now());
    this.#heartbeat = seen.state;
    const connected = this.#connected;
    if (!seen.hung || connected === undefined) return;
    signalProcess(connected.pid, "SIGKILL");
    this.#lost(`it did not answer for ${this.#options.limits.silence} ms and was killed`);
  }

  #lost(reason: string): void {
    const connected = this.#connected;
    if (connected === undefined) return;
    this.#connected = undefined;
    connected.channel.close();
    const { role, report } = this.#options;
    for (const { reject } of this.#waiting.values()) reject(new ChildUnavailable(role, reason));
    this.#waiting.clear();
    if (this.#over) return;
    report({ kind: "process-ended", role, pid: connected.pid, reason });
    void this.#replaceLost(connected.pid);
  }

  async #replaceLost(pid: number): Promise<void> {
    // The connection may be gone while the process lives on, for instance when it dropped us for not reading: then it is met again.
    await sleep(1);
    this.#quickEnds = countQuickEnds(this.#quickEnds, elapsed(this.#startedAt, this.#options.clock.now()));
    const pause = restartPause(this.#quickEnds);
    if (pause > 0) await sleep(pause);
    this.#bringing = this.#bringUp(isRunning(pid));
    await this.#bringing;
  }

  async #pause(): Promise<void> {
    this.#quickEnds = countQuickEnds(this.#quickEnds, milliseconds(0));
    this.#options.log.warn("process-start-failed", { role: this.#options.role, attempts: this.#quickEnds });
    await sleep(restartPause(this.#quickEnds));
  }

  #ready(): Promise<Connected<Role>> {
    if (this.#connected !== undefined) return Promise.resolve(this.#connected);
    const { role } = this.#options;
    if (this.#over) return Promise.reject(new ChildUnavailable(role, "the agent is stopping"));
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#onReady.delete(ready);
        reject(new ChildUnavailable(role, `it did not start within ${greetingLimitMs} ms`));
      }, greetingLimitMs);
      const ready = () => {
        clearTimeout(limit);
        this.#ready().then(resolve, reject);
      };
      this.#onReady.add(ready);
    });
  }

  async #waitGone(pid: number): Promise<boolean> {
    const giveUpAt = this.#options.clock.now() + exitLimitMs;
    while (isRunning(pid)) {
      if (this.#options.clock.now() > giveUpAt) return false;
      await sleep(2);
    }
    return true;
  }

  async #ensureGone(pid: number): Promise<void> {
    if (!isRunning(pid)) return;
    signalProcess(pid, "SIGKILL");
    await this.#waitGone(pid);
  }
}

/** The process id of a running child of an earlier control, by its pid file; undefined when there is none. */
function runningPid(runtimeDirectory: string, role: ChildRole): number | undefined {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(pidPath(runtimeDirectory, role), "utf8"), 10);
  } catch {
    return undefined;
  }
  const command = commandLine(pid);
  return isRunning(pid) && command.includes(role) && command.includes(runtimeDirectory) ? pid : undefined;
}

function failuresOf(outcome: Outcome): readonly OperationFailure[] {
  return outcome.kind === "failed" ? outcome.failures : [];
}

function flat(failure: OperationFailure): Record<string, string> {
  return { operation: failure.operation, object: failure.object, cause: failure.cause.text ?? failure.cause.code };
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}

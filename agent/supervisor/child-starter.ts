// Finds the process of a role where an earlier control left it, or starts one, and does not end before somebody has greeted: one of another
// build hands over and is replaced, one that does not answer is killed, one that cannot live is started again after growing pauses.

import type { Clock } from "../base/clock.ts";
import { elapsed, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type ChildConnection, type ConnectionListener, openConnection, type RequestBody } from "./child-connection.ts";
import { ensureGone, exitLimitMs, hasTraces, holderOf, socketPath, waitGone } from "./child-process.ts";
import { countQuickEnds, restartPause } from "./core/restart.ts";
import { isInOtherNetwork, isRunning } from "./process-table.ts";
import type { ChildRole } from "./protocol.ts";
import type { Spawned } from "./spawn.ts";

/** What a starter needs. */
export interface ChildStarterOptions {
  readonly role: ChildRole;
  readonly build: string;
  readonly runtimeDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a process that was found may take to greet. */
  readonly silence: Milliseconds;
  /** Starts the process; throws when the system cannot. */
  readonly spawn: (role: ChildRole) => Spawned;
  readonly listener: ConnectionListener;
  /** Whether nobody is wanted any more. */
  readonly isOver: () => boolean;
}

/** A process that has greeted; adopted: it was found running. */
export interface Met<Role extends ChildRole> {
  readonly connection: ChildConnection<Role>;
  readonly adopted: boolean;
}

/** How long a process may take from its start to its first word. */
export const greetingLimitMs = 15_000;

/** Brings up the processes of one role, one after the other. Each function answers undefined only when it is over. */
export class ChildStarter<Role extends ChildRole> {
  readonly #options: ChildStarterOptions;
  #hasStarted = false;
  #newest: Spawned | undefined;
  #startedAt: Instant;
  #quickEnds = 0;

  constructor(options: ChildStarterOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** Whether it ever tried to start a process; otherwise the one that runs was found. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** How a process that was started here ended; undefined when it is not known within `limitMs`, or another control had started it. */
  async howEnded(pid: number, limitMs: number): Promise<string | undefined> {
    if (this.#newest?.pid !== pid) return undefined;
    return Promise.race([this.#newest.ended, Bun.sleep(limitMs).then(() => undefined)]);
  }

  /** Meets the process that is there, or a new one. */
  async findOrStart(): Promise<Met<Role> | undefined> {
    const found = await this.#find();
    return found === undefined ? this.#start() : { connection: found, adopted: true };
  }

  /** The same after a connection was lost. The process may live on, for instance when it dropped us for not reading: then it is met again. */
  async bringBack(pid: number): Promise<Met<Role> | undefined> {
    this.#quickEnds = countQuickEnds(this.#quickEnds, elapsed(this.#startedAt, this.#options.clock.now()));
    await Bun.sleep(Math.max(1, restartPause(this.#quickEnds)));
    return isRunning(pid) ? this.findOrStart() : this.#start();
  }

  /** The process that listens or holds the place; undefined when there is none, or none that can stay. */
  async #find(): Promise<ChildConnection<Role> | undefined> {
    const { runtimeDirectory, role, silence, build, isOver } = this.#options;
    if (!hasTraces(runtimeDirectory, role)) return undefined;
    const holder = holderOf(runtimeDirectory, role);
    const connection = await this.#meet(holder, silence, () => true);
    if (connection !== undefined && isInOtherNetwork(connection.pid)) await this.#haveStop(connection);
    else if (connection?.build === build) return connection;
    else if (connection !== undefined) await this.#haveHandOver(connection);
    else if (holder !== undefined && !isOver()) await ensureGone(holder);
    return undefined;
  }

  async #haveHandOver(connection: ChildConnection<Role>): Promise<void> {
    const { pid, build } = connection;
    this.#options.log.info("process-of-another-build", { role: this.#options.role, pid, build });
    await this.#haveEnd(connection, { kind: "hand-over" } as RequestBody<Role>);
  }

  /** What it has in the kernel nobody else could remove from here. */
  async #haveStop(connection: ChildConnection<Role>): Promise<void> {
    const { role } = this.#options;
    this.#options.log.warn("process-in-another-network-namespace", { role, pid: connection.pid });
    await this.#haveEnd(connection, { kind: "stop", keep: false } as RequestBody<Role>);
  }

  async #haveEnd(connection: ChildConnection<Role>, request: RequestBody<Role>): Promise<void> {
    const { pid } = connection;
    if (this.#options.isOver()) return connection.close();
    const ended = connection.request(request).then(() => waitGone(pid));
    await Promise.race([ended, Bun.sleep(exitLimitMs)]).catch(() => undefined);
    connection.close();
    await ensureGone(pid);
  }

  async #start(): Promise<Met<Role> | undefined> {
    const { isOver } = this.#options;
    while (!isOver()) {
      const started = this.#spawn();
      const connection = typeof started === "string" ? undefined : await this.#meetStarted(started);
      if (connection !== undefined && !isOver()) return { connection, adopted: false };
      connection?.close();
      const problem = typeof started === "string" ? started : await this.#endOf(started);
      if (!isOver()) await this.#pauseAfterFailedStart(problem);
    }
    return undefined;
  }

  /** The process, or why the system cannot start it: that may pass, so it is a failed start like any other. */
  #spawn(): Spawned | string {
    this.#startedAt = this.#options.clock.now();
    this.#hasStarted = true;
    try {
      this.#newest = this.#options.spawn(this.#options.role);
      return this.#newest;
    } catch (thrown) {
      return `it cannot be started: ${messageOf(thrown)}`;
    }
  }

  #meetStarted({ pid }: Spawned): Promise<ChildConnection<Role> | undefined> {
    return this.#meet(pid, greetingLimitMs, (met) => met.pid === pid);
  }

  /** Makes sure that a process that did not greet is gone, and says how it ended. */
  async #endOf({ pid }: Spawned): Promise<string> {
    const waited = isRunning(pid);
    await ensureGone(pid);
    if (waited) return `it did not greet within ${greetingLimitMs} ms and was killed`;
    return (await this.howEnded(pid, exitLimitMs)) ?? "it ended";
  }

  /** Connects until the right one greets, as long as the process is there; at least once. */
  async #meet(
    pid: number | undefined,
    limitMs: number,
    isRight: (met: ChildConnection<Role>) => boolean,
  ): Promise<ChildConnection<Role> | undefined> {
    const { clock, runtimeDirectory, role, listener, isOver } = this.#options;
    const path = socketPath(runtimeDirectory, role);
    const giveUpAt = clock.now() + limitMs;
    for (;;) {
      const connection = await openConnection<Role>(path, Math.max(1, giveUpAt - clock.now()), listener);
      if (connection !== undefined && isRight(connection)) return connection;
      connection?.close();
      if (pid === undefined || !isRunning(pid) || clock.now() >= giveUpAt || isOver()) return undefined;
      await Bun.sleep(3);
    }
  }

  async #pauseAfterFailedStart(problem: string): Promise<void> {
    this.#quickEnds = countQuickEnds(this.#quickEnds, milliseconds(0));
    this.#options.log.warn("process-start-failed", { role: this.#options.role, attempts: this.#quickEnds, problem });
    const giveUpAt = this.#options.clock.now() + restartPause(this.#quickEnds);
    while (this.#options.clock.now() < giveUpAt && !this.#options.isOver()) await Bun.sleep(20);
  }
}

// Control's end of one child: finds it running or starts it, replaces it when it is dead or hung, and gives a replacement the configuration
// that its predecessor should have run. A child that never had anything to do is not started. What is below this story is told elsewhere: finding and starting in child-starter.ts, the talk in
// child-connection.ts, the watch over heartbeats in heartbeat-watch.ts.

import type { CheckerMemory } from "../balancer/view.ts";
import type { OperationFailure } from "../base/errors.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { type ChildConnection, ChildUnavailable, failuresOf, type RequestBody } from "./child-connection.ts";
import type { ChildOptions, ChildView, DesiredConfiguration, Stopped } from "./child-options.ts";
import { ensureGone, hasTraces, holderOf, waitGone } from "./child-process.ts";
import { ChildStarter, greetingLimitMs, type Met } from "./child-starter.ts";
import { HeartbeatWatch } from "./heartbeat-watch.ts";
import { signalProcess, startedAt } from "./process-table.ts";
import { type ChildRole, type Configured, type EventReport, type Outcome, resignSignal } from "./protocol.ts";

/** How long after its last word a process's exit code may become known. */
const endKnownMs = 100;

/** One child of control, kept alive from `start` until `stop` or `abandon`. */
export class Child<Role extends ChildRole> {
  readonly #options: ChildOptions<Role>;
  readonly #watch: HeartbeatWatch;
  readonly #starter: ChildStarter<Role>;
  #connection: ChildConnection<Role> | undefined;
  #desired: DesiredConfiguration<Role> | undefined;
  #arrival = Promise.withResolvers<void>();
  #bringing: Promise<void> = Promise.resolve();
  #needed = false;
  #isStopping = false;
  #over = false;
  #restarts = -1;
  #since: number;
  #maxLatenessMs = 0;
  /** The last event that was heard, and of which process. */
  #heard = { pid: 0, number: 0 };

  constructor(options: ChildOptions<Role>) {
    this.#options = options;
    this.#watch = new HeartbeatWatch(
      options.clock,
      options.limits,
      () => this.#connection?.isBusy === true,
      () => this.#replaceHung(),
    );
    const { silence } = options.limits;
    this.#starter = new ChildStarter({ ...options, silence, listener: this.#listener, isOver: () => this.#over });
    this.#since = options.clock.wall();
  }

  /** The process as it is now. */
  get view(): ChildView {
    const pid = this.#connection?.pid;
    return {
      role: this.#options.role,
      build: this.#options.build,
      needed: this.#needed,
      since: this.#since,
      restarts: Math.max(0, this.#restarts),
      revision: this.#desired?.revision ?? this.#connection?.revision ?? 0,
      maxLatenessMs: this.#maxLatenessMs,
      ...(pid !== undefined && { pid }),
    };
  }

  /** Looks for a running child, and for what an earlier one has left. Without either the child is started with its first work, or now when it
   * can be told that there will be some. Returns at once. */
  start({ workIsComing = false } = {}): void {
    const { runtimeDirectory, role } = this.#options;
    if (workIsComing || hasTraces(runtimeDirectory, role)) this.#need();
  }

  /** Gives the child a configuration and returns what became of it. When it could do it all, a replacement will be given the same. */
  async configure(desired: DesiredConfiguration<Role>): Promise<Configured> {
    if (this.#isIdleWith(desired)) return { failures: [] };
    const configured = await (await this.#ready()).configure(desired);
    if (configured.failures.length === 0) this.#desired = desired;
    return configured;
  }

  /** Gives the child a configuration that it should run whatever comes: one that fails or dies on it, and its replacements, are still meant to run it. */
  async restore(desired: DesiredConfiguration<Role>): Promise<readonly OperationFailure[]> {
    if (this.#isIdleWith(desired)) return [];
    return (await (await this.#readyFor(desired)).configure(desired)).failures;
  }

  /** The same, but takes the word of a running child that it already runs this revision. */
  async adopt(desired: DesiredConfiguration<Role>): Promise<readonly OperationFailure[]> {
    if (this.#isIdleWith(desired)) return [];
    const connection = await this.#readyFor(desired);
    return connection.revision === desired.revision ? [] : (await connection.configure(desired)).failures;
  }

  /** What the child was given last is the configuration of a later revision too. Nobody waits for it: a child that is just being replaced is given the later one. */
  renumber(desired: DesiredConfiguration<Role>): void {
    this.#desired = desired;
    this.#connection?.renumber(desired.revision);
  }

  /** Asks the child, which is started for it if need be; waits for it to be there. Rejects with ChildUnavailable when it goes away before it answers. */
  async request(body: RequestBody<Role>): Promise<Outcome<Role>> {
    const connection = await this.#ready();
    return connection.request(body);
  }

  /** Has the child give up everything now, before whatever it was asked earlier. `stop` comes after it. */
  resign(): void {
    if (this.#connection !== undefined) signalProcess(this.#connection.pid, resignSignal);
  }

  /** Has the child log at the level that holds now. One that comes later is told when it comes. */
  tellLogLevel(): void {
    const level = this.#options.logLevel?.();
    if (level !== undefined) this.#connection?.setLogLevel(level);
  }

  /**
   * Stops the child for good. Resolves when it has removed what it should. One that dies or does not answer leaves something behind: a
   * replacement, which is given nothing to run, finds that in the kernel and removes it.
   */
  async stop(keep: boolean): Promise<Stopped> {
    const hadWork = this.#desired !== undefined && this.#needed;
    const mayHaveLeftSomething = this.#desired !== undefined || !this.#starter.hasStarted;
    this.#desired = undefined;
    this.#isStopping = true;
    this.#watch.end();
    let why = "was not running";
    for (let attempts = keep ? 1 : 2; attempts > 0; attempts--) {
      if (mayHaveLeftSomething) await this.#untilThere();
      const connection = this.#connection;
      if (connection === undefined) break;
      const stopped = await this.#askToStop(connection, keep);
      if (stopped.ok) {
        this.#finish();
        return { failures: stopped.value, gone: this.#untilGone(connection) };
      }
      why = stopped.error;
    }
    this.#finish();
    // A process that has not greeted yet has nothing to undo; whoever brings it up sees that it is over, and ends it.
    await this.#bringing;
    const holder = holderOf(this.#options.runtimeDirectory, this.#options.role);
    return {
      failures: hadWork && !keep ? [this.#leftBehind(why)] : [],
      gone: holder === undefined ? Promise.resolve() : ensureGone(holder),
    };
  }

  /** What could not be removed, or why that is not known. */
  async #askToStop(
    connection: ChildConnection<Role>,
    keep: boolean,
  ): Promise<Result<readonly OperationFailure[], string>> {
    const { stop: limit } = this.#options.limits;
    const request = connection.request({ kind: "stop", keep } as RequestBody<Role>).then(failuresOf);
    const answer = await Promise.race([request, sleep(limit)]).catch(() => undefined);
    if (answer !== undefined) return ok(answer);
    const isSilent = connection === this.#connection;
    if (isSilent) this.#kill(connection, `it did not stop within ${limit} ms and was killed`);
    await waitGone(connection.pid);
    return fail(isSilent ? `did not answer within ${limit} ms and was killed` : "ended before it had answered");
  }

  /** Leaves the child running and forgets it, as a control process does that ends without stopping the agent. */
  abandon(): void {
    this.#finish();
    this.#connection?.close();
  }

  /** Undoes `start`: ends a child that this control has started, and leaves one that it found. */
  async giveUp(): Promise<void> {
    if (this.#starter.hasStarted) await (await this.stop(false)).gone;
    else this.abandon();
  }

  // Bringing up

  /** From now on there is a process, until it is over. */
  #need(): void {
    if (this.#needed || this.#over) return;
    this.#needed = true;
    this.#bringing = this.#bringUp(() => this.#starter.findOrStart());
  }

  /** Until somebody is there, or it is over. */
  async #bringUp(bring: () => Promise<Met<Role> | undefined>): Promise<void> {
    for (let met = await bring(); met !== undefined; met = await this.#starter.findOrStart()) {
      if (this.#over) return met.connection.close();
      if (met.connection.isOpen) return this.#welcome(met);
    }
  }

  #welcome({ connection, adopted }: Met<Role>): void {
    this.#connection = connection;
    this.#since = startedAt(connection.pid, this.#options.clock.wall()) ?? this.#options.clock.wall();
    this.#restarts += 1;
    this.#maxLatenessMs = 0;
    if (!this.#isStopping) this.#watch.begin();
    this.#options.relay?.aim(connection.pid);
    this.#options.report({ kind: "process-started", role: this.#options.role, pid: connection.pid, adopted });
    this.tellLogLevel();
    void this.#giveDesired(connection);
    this.#announceArrival();
  }

  // Configuring

  /** Whether nobody has to be started for this: then it is as good as done. */
  #isIdleWith(desired: DesiredConfiguration<Role>): boolean {
    if (this.#needed || this.#options.hasWork(desired.configuration())) return false;
    this.#desired = desired;
    return true;
  }

  /** Whatever comes, the child is meant to run this from now on. One that is there only later is given it when it comes. */
  #readyFor(desired: DesiredConfiguration<Role>): Promise<ChildConnection<Role>> {
    return this.#ready().finally(() => {
      this.#desired = desired;
    });
  }

  /** A replacement gets what its predecessor should have run. That it went away meanwhile is told by `onLost`. */
  async #giveDesired(connection: ChildConnection<Role>): Promise<void> {
    const desired = this.#desired;
    if (desired === undefined || connection.revision === desired.revision) return;
    const { failures } = await connection.configure(desired).catch(() => ({ failures: [] }));
    const { log, role, onNotRestored } = this.#options;
    for (const { operation, object, cause } of failures)
      log.error("configuration-not-restored", { role, operation, object, cause: cause.text ?? cause.code });
    if (failures.length > 0) onNotRestored();
  }

  // Losing

  readonly #listener = {
    onWord: () => this.#watch.heard(),
    onHeartbeat: (maxLatenessMs: number) => {
      this.#maxLatenessMs = Math.max(this.#maxLatenessMs, maxLatenessMs);
    },
    onEvent: ({ event, at, number }: EventReport, pid: number) => {
      // One that went through a connection that broke before it was noted comes again.
      if (this.#heard.pid === pid && number <= this.#heard.number) return;
      this.#heard = { pid, number };
      this.#options.report(event, at);
    },
    onRemember: (memory: CheckerMemory) => this.#options.onRemember(memory),
    onLost: (connection: object, reason: string) => {
      if (connection !== this.#connection) return;
      const { pid } = this.#connection;
      this.#letGo();
      if (!this.#over) this.#bringing = this.#bringUp(() => this.#bringBack(pid, this.#howEnded(pid, reason)));
    },
  };

  #replaceHung(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { silence, busySilence } = this.#options.limits;
    const limit = connection.isBusy ? busySilence : silence;
    this.#kill(connection, `it did not answer for ${limit} ms and was killed`);
  }

  /** Ends the process; another comes in its place. */
  #kill(connection: ChildConnection<Role>, why: string): void {
    signalProcess(connection.pid, "SIGKILL");
    connection.close();
    this.#letGo();
    if (!this.#over) this.#bringing = this.#bringUp(() => this.#bringBack(connection.pid, Promise.resolve(why)));
  }

  #letGo(): void {
    this.#connection = undefined;
    this.#watch.end();
    this.#options.relay?.rest();
  }

  /** Tells the end of the one while the next one comes: in this order, without holding it up. */
  async #bringBack(pid: number, reason: Promise<string>): Promise<Met<Role> | undefined> {
    const { report, role } = this.#options;
    const told = reason.then((text) => report({ kind: "process-ended", role, pid, reason: text }));
    const met = await this.#starter.bringBack(pid);
    await told;
    return met;
  }

  /** Its exit code or signal where it is a child of ours, which is known a moment after its connection is lost; otherwise how that was lost. */
  async #howEnded(pid: number, lost: string): Promise<string> {
    return (await this.#starter.howEnded(pid, endKnownMs)) ?? lost;
  }

  // Waiting

  async #ready(): Promise<ChildConnection<Role>> {
    const { role, clock } = this.#options;
    this.#need();
    const giveUpAt = clock.now() + greetingLimitMs;
    while (this.#connection === undefined) {
      if (this.#over) throw new ChildUnavailable(role, "the agent is stopping");
      const left = giveUpAt - clock.now();
      if (left <= 0) throw new ChildUnavailable(role, `it did not start within ${greetingLimitMs} ms`);
      await Promise.race([this.#arrival.promise, sleep(left)]);
    }
    return this.#connection;
  }

  /** Before a stop: a process that is being looked for or replaced may have something to remove. */
  async #untilThere(): Promise<void> {
    if (this.#connection !== undefined || this.#over) return;
    await Promise.race([this.#arrival.promise, this.#bringing, sleep(this.#options.limits.stop)]);
  }

  #announceArrival(): void {
    const { resolve } = this.#arrival;
    this.#arrival = Promise.withResolvers<void>();
    resolve();
  }

  async #untilGone(connection: ChildConnection<Role>): Promise<void> {
    if (!(await waitGone(connection.pid))) await ensureGone(connection.pid);
    connection.close();
  }

  #finish(): void {
    this.#over = true;
    this.#watch.end();
    this.#options.relay?.rest();
    this.#announceArrival();
  }

  #leftBehind(why: string): OperationFailure {
    const text = `the ${this.#options.role} process ${why}; ${remains[this.#options.role]}`;
    return { operation: "stop", object: this.#options.role, cause: { code: "ESRCH", text } };
  }
}

/** What becomes of what a process did not take away itself. */
const remains: Readonly<Record<ChildRole, string>> = {
  vrrp: "the addresses that it held go by themselves when their lease ends",
  checkers: "its IPVS services may still be there: start the agent and stop it again to remove them",
};

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}

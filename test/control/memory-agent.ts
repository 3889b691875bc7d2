// An agent without processes and without a kernel: the real transactions, journal, hub and store, over two children in memory that do what a
// test tells them. Its clock stands still unless a test moves it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant } from "../../agent/base/duration.ts";
import type { OperationFailure } from "../../agent/base/errors.ts";
import { silentLog } from "../../agent/base/log.ts";
import { ok, type Result } from "../../agent/base/result.ts";
import type { Issue } from "../../agent/config/issue.ts";
import type { BalancerModel, VrrpModel } from "../../agent/config/model.ts";
import { Certificates } from "../../agent/control/access/certificates.ts";
import { configView } from "../../agent/control/agent.ts";
import { Changes } from "../../agent/control/changes.ts";
import { Confirmations } from "../../agent/control/confirmation/confirmations.ts";
import type { Found } from "../../agent/control/doctor/examine.ts";
import type { Agent, AgentInfo, StopRequest } from "../../agent/control/domain.ts";
import { Feed } from "../../agent/control/feed.ts";
import { Operations } from "../../agent/control/operations.ts";
import { Overrides } from "../../agent/control/overrides/overrides.ts";
import { permitChanges } from "../../agent/control/permit.ts";
import type { CheckersPort, ChildPort } from "../../agent/control/ports.ts";
import { Preparations } from "../../agent/control/preparations.ts";
import { StateHub } from "../../agent/control/state-hub.ts";
import { Store } from "../../agent/control/store/store.ts";
import { Transactions } from "../../agent/control/transactions.ts";
import { openWatch, storedEvents } from "../../agent/control/watch.ts";
import type { Refusal } from "../../agent/control/words/refusal.ts";
import type { ProcessView, StateSnapshot, StoredEvents } from "../../agent/control/words/state.ts";
import type { Watch, WatchRequest } from "../../agent/control/words/watching.ts";
import { Journal } from "../../agent/events/journal.ts";
import {
  type ConnectionFilter,
  type ConnectionList,
  type IpvsConnection,
  matches,
} from "../../agent/kernel/connections.ts";
import type { IpvsOperation, OperationCounts } from "../../agent/kernel/ipvs.ts";
import { type PlannedOperations, plannedOperations } from "../../agent/supervisor/planned-operations.ts";
import type { Configured } from "../../agent/supervisor/protocol.ts";

/** 2026-03-01 12:00:00 UTC. */
export const noon = Date.UTC(2026, 2, 1, 12);

/** What a child does with the next configuration: fails with these, or is gone. */
export type Mishap = readonly OperationFailure[] | Error;

/** A child in memory. `runs` is what it was last able to take. */
export class MemoryChild<Model> implements ChildPort<Model> {
  runs: { readonly revision: number; readonly model: Model } | undefined;
  readonly calls: string[] = [];
  /** Taken one after the other by `configure` and `adopt`; undefined entries succeed. */
  readonly mishaps: (Mishap | undefined)[] = [];
  /** Called before and after each configuration is taken. */
  before: () => Promise<void> = async () => {};
  after: () => Promise<void> = async () => {};

  async configure(revision: number, model: Model): Promise<Configured> {
    this.calls.push(`configure ${revision}`);
    await this.before();
    const mishap = this.mishaps.shift();
    if (mishap instanceof Error) throw mishap;
    if (mishap !== undefined) return { failures: mishap };
    const counts = this.countsOf(model);
    this.runs = { revision, model };
    await this.after();
    return { failures: [], ...(counts !== undefined && { counts }) };
  }

  async restore(revision: number, model: Model): Promise<readonly OperationFailure[]> {
    return (await this.configure(revision, model)).failures;
  }

  async adopt(revision: number, model: Model): Promise<readonly OperationFailure[]> {
    return this.runs?.revision === revision ? [] : this.restore(revision, model);
  }

  renumber(revision: number, model: Model): void {
    this.calls.push(`renumber ${revision}`);
    if (this.runs !== undefined) this.runs = { revision, model };
  }

  /** What is done to the kernel's table for this model, by a child that keeps one. */
  protected countsOf(_: Model): OperationCounts | undefined {
    return undefined;
  }
}

/** A checkers process in memory: plans what its last configuration did not have. */
export class MemoryCheckers extends MemoryChild<BalancerModel> implements CheckersPort {
  #planMishap: Mishap | undefined;

  /** What `plan` does from now on. */
  refusePlan(mishap: Mishap | undefined): void {
    this.#planMishap = mishap;
  }

  async plan(model: BalancerModel): Promise<Result<PlannedOperations, readonly OperationFailure[]>> {
    if (this.#planMishap instanceof Error) throw this.#planMishap;
    if (this.#planMishap !== undefined) return { ok: false, error: this.#planMishap };
    return ok(plannedOperations(planned(this.runs?.model, model)));
  }

  protected override countsOf(model: BalancerModel): OperationCounts {
    return plannedOperations(planned(this.runs?.model, model)).counts;
  }
}

/** An agent in memory with its own folder; dispose of it at the end. */
export class MemoryAgent implements Agent, Disposable {
  readonly directory: string;
  readonly checkers: MemoryCheckers;
  readonly vrrp: MemoryChild<VrrpModel>;
  readonly store: Store;
  readonly feed = new Feed();
  readonly journal: Journal;
  readonly hub: StateHub;
  readonly confirmations: Confirmations;
  readonly transactions: Transactions;
  readonly changes: Changes;
  readonly operations: Operations;
  /** What was asked of children to do at once. */
  readonly acts: string[] = [];
  readonly stops: StopRequest[] = [];
  /** What the machine has to say of every right configuration. */
  readonly remarks: Issue[] = [];
  /** What a stop could not do. */
  leftBehind: readonly OperationFailure[] = [];
  /** Thrown by `info`, to see what a fault of ours looks like. */
  fault: Error | undefined;
  watchCapacity: number | undefined;
  now = noon;
  pauses = 0;
  /** What each process was told to log; undefined: what it was started with. */
  logLevels: Readonly<Record<string, string | undefined>> = {};
  readonly #healthListeners = new Set<() => void>();
  #serving = true;

  /** `before`: an agent whose control process was killed. Its children go on, and this one finds them and its folder. */
  constructor(before?: MemoryAgent) {
    this.directory = before?.directory ?? mkdtempSync(join(tmpdir(), "vipward-test-"));
    this.checkers = before?.checkers ?? new MemoryCheckers();
    this.vrrp = before?.vrrp ?? new MemoryChild<VrrpModel>();
    this.now = before?.now ?? noon;
    const wall = () => this.now;
    this.store = Store.open(join(this.directory, "state"));
    this.journal = new Journal({ store: this.store, wall, log: silentLog, batchMs: 5 });
    this.hub = new StateHub({ bootId: "boot-1", numbers: this.journal, feed: this.feed, wall });
    this.journal.onEvent((entry) => this.feed.publish({ kind: "event", entry }));
    const clock = { now: () => instant(this.now), wall };
    const onChange = () => this.hub.setConfig(configView(this.transactions, this.confirmations.pending));
    this.confirmations = new Confirmations({
      ...{ store: this.store, journal: this.journal, report: this.journal.report, log: silentLog, clock, onChange },
      instances: () => this.hub.instances(),
      inTurn: (action) => this.transactions.inTurn(action),
      rollBack: (revision, request) =>
        this.transactions.rollBack(revision, { ...request, source: { kind: "api" }, validateOnly: false }),
    });
    const overrides = new Overrides({
      ...{ store: this.store, report: this.journal.report, log: silentLog, wall },
      onChange: () => this.hub.setOverrides(overrides.list()),
      model: () => this.transactions.running?.model,
      reapply: () => this.transactions.reapply(),
      activeConnections: async () => () => this.activeConnections,
      onLogLevels: () => {
        const roles = ["control", "vrrp", "checkers"] as const;
        this.logLevels = Object.fromEntries(roles.map((role) => [role, overrides.logLevel(role)]));
      },
    });
    const preparations = new Preparations(wall);
    this.transactions = new Transactions({
      store: this.store,
      effective: (model) => overrides.effective(model),
      leave: (before, after, { drainRemoved, author, reason }) =>
        drainRemoved &&
        overrides.leave(before, after, drainRemoved.floor, { author, reason, forMs: drainRemoved.forMs }),
      permit: permitChanges({
        store: this.store,
        preparations,
        confirmations: this.confirmations,
        virtualServers: async () => this.hub.snapshot().virtualServers,
      }),
      onApplied: (confirmation) => this.confirmations.applied(confirmation),
      checkers: this.checkers,
      vrrp: this.vrrp,
      remarks: () => this.remarks,
      instances: () => this.hub.instances(),
      report: this.journal.report,
      log: silentLog,
      clock,
      pause: async () => {
        this.pauses += 1;
        await Bun.sleep(1);
      },
      onChange,
    });
    const { store, transactions, confirmations } = this;
    this.changes = new Changes({ store, transactions, confirmations, preparations, wall });
    const act = async (name: string) => {
      this.acts.push(name);
      return { kind: "done" } as const;
    };
    this.operations = new Operations({ overrides, transactions, announce: act, probe: act });
    this.hub.setProcesses([this.#process("control", 100), this.#process("vrrp", 101), this.#process("checkers", 102)]);
  }

  /** How many connections each real server shall have; undefined: nobody knows. */
  activeConnections: number | undefined;
  /** What the kernel's table of connections shall be. */
  kernelConnections: readonly IpvsConnection[] = [];

  async connections(filter: ConnectionFilter, limit: number): Promise<ConnectionList> {
    const found = this.kernelConnections.filter((connection) => matches(filter, connection));
    const counts = { matching: found.length, total: this.kernelConnections.length };
    return { connections: found.slice(0, limit), ...counts };
  }

  readonly health = {
    serving: () => this.#serving,
    onChange: (listener: () => void) => {
      this.#healthListeners.add(listener);
      return () => this.#healthListeners.delete(listener);
    },
  };

  setServing(serving: boolean): void {
    this.#serving = serving;
    for (const listener of this.#healthListeners) listener();
  }

  async info(): Promise<AgentInfo> {
    if (this.fault !== undefined) throw this.fault;
    return {
      version: "1.2.3",
      commit: "0123abcd",
      director: "director-a",
      kernel: "6.1.0-test",
      ipvs: { version: "1.2.1", connectionTableSize: 4096 },
      startedAt: noon,
      bootId: "boot-1",
      processes: this.hub.snapshot().processes,
      capabilities: ["ipvs", "vrrp-ipv4"],
      runtimeDirectory: this.directory,
      stateDirectory: join(this.directory, "state"),
    };
  }

  readonly certificates = new Certificates();
  /** What the doctor finds. */
  findings: readonly Found[] = [];
  doctor = async () => this.findings;
  getConfig = async (revision: number | undefined) => this.transactions.configuration(revision);
  validate: Agent["validate"] = (wish) => this.transactions.validate(wish);
  plan: Agent["plan"] = (wish) => this.transactions.plan(wish);
  apply: Agent["apply"] = (request) => this.changes.apply(request);
  state = async (): Promise<StateSnapshot> => this.hub.snapshot();

  events(after: number, limit: number): StoredEvents {
    return storedEvents(this.journal, after, limit);
  }

  watch(request: WatchRequest): Watch {
    const { feed, journal, hub, watchCapacity } = this;
    const capacity = watchCapacity === undefined ? {} : { capacity: watchCapacity };
    const snapshot = () => hub.snapshot();
    return openWatch({ feed, journal, snapshot, fresh: async () => snapshot(), ...capacity }, request);
  }

  async stop(request: StopRequest): Promise<Result<readonly OperationFailure[], Refusal>> {
    this.stops.push(request);
    return this.stops.length > 1 ? { ok: false, error: { kind: "stopping" } } : ok(this.leftBehind);
  }

  /** Ends the process without any last word, as kill -9 does: what waits to be written is lost. */
  kill(): void {
    this.operations.overrides.close();
    this.confirmations.close();
    this.feed.close();
    this.store.close();
  }

  /** Starts as a process does: what was due goes back, the newest revision is read, and the children are given it. */
  async start(): Promise<this> {
    this.operations.overrides.begin();
    this.confirmations.begin();
    this.transactions.load();
    await this.transactions.resume();
    return this;
  }

  [Symbol.dispose](): void {
    this.operations.overrides.close();
    this.confirmations.close();
    this.feed.close();
    this.journal.close();
    this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #process(role: ProcessView["role"], pid: number): ProcessView {
    return { role, needed: true, pid, build: "1.2.3+0123abcd", since: noon - 60_000, restarts: 0, revision: 0 };
  }
}

/** A failure as the kernel reports it when a scheduler's module is missing. */
export const schedulerMissing: OperationFailure = {
  operation: "add service",
  object: "tcp 10.9.0.100:80",
  cause: { code: "ENOENT", text: "no such scheduler" },
};

function planned(before: BalancerModel | undefined, after: BalancerModel): readonly IpvsOperation[] {
  const known = new Set(before?.virtualServers.map(({ name }) => name));
  const names = new Set(after.virtualServers.map(({ name }) => name));
  return [
    ...after.virtualServers
      .filter(({ name }) => !known.has(name))
      .flatMap((server): IpvsOperation[] => [
        { kind: "add-service", service: server.service },
        ...server.realServers.map(
          (destination): IpvsOperation => ({
            kind: "add-destination",
            key: server.service.key,
            destination: {
              address: destination.address,
              port: destination.port,
              weight: destination.weight,
              forwarding: destination.forwarding,
              upperThreshold: destination.upperThreshold,
              lowerThreshold: destination.lowerThreshold,
            },
          }),
        ),
      ]),
    ...(before?.virtualServers ?? [])
      .filter(({ name }) => !names.has(name))
      .map(({ service }): IpvsOperation => ({ kind: "remove-service", key: service.key })),
  ];
}

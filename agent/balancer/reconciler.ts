// Keeps the kernel's table as it is desired. One story serves a push, a verdict, drift and a restart: observe, plan, apply.
//
// The first configuration looks at the whole table, and so does the check soon after a push or a refusal. In between a glance every five seconds asks
// for the services, and for the destinations of some; what it finds leads to a look at everything. A push looks at the services that it changes. A verdict looks at nothing: its services are planned against what the kernel is known to have. If that is
// wrong, the kernel refuses, and then it is looked at and planned again. Nothing is ever flushed, and services that are not ours are never touched.

import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { elapsed, type Instant, instant, type Milliseconds, milliseconds, seconds } from "../base/duration.ts";
import { describeFailure, OperationError, type OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { BalancerModel, VirtualServerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import {
  type IpvsOperation,
  type IpvsPort,
  type ObservedService,
  type OperationCounts,
  type RefusedOperation,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { CheckPace } from "./check-pace.ts";
import { desiredService, desiredTable, type Verdicts } from "./core/desired.ts";
import { driftsOf } from "./core/drift.ts";
import { objectText, serviceOf } from "./core/operation-text.ts";
import { plan, planServices } from "./core/plan.ts";
import type { IsUp } from "./core/quorum.ts";
import type { Table, TableService } from "./core/table.ts";
import { KnownTable } from "./known-table.ts";
import { type OwnedServices, Ownership } from "./ownership.ts";
import { Quorums } from "./quorums.ts";
import { RefusalReport } from "./refusal-report.ts";
import type { VirtualServerView } from "./view.ts";
import { type VerdictOf, virtualServerView } from "./virtual-server-view.ts";

/** What the reconciler is handed. */
export interface ReconcilerPorts {
  readonly ipvs: IpvsPort;
  readonly owned: OwnedServices;
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  readonly report: ReportEvent;
  readonly log: Log;
  /** The verdicts as they are at the moment of the call. */
  readonly isUp: IsUp;
  /** From one glance at the table to the next; five seconds unless given. */
  readonly checkInterval?: Milliseconds;
}

/** So many glances come round to the destinations of every service: once a minute. */
const glancesPerRound = 12;

/** How often one change is planned anew when the kernel turns out to be other than it was known to be, before it has to wait. */
const rounds = 3;

/** Programs IPVS. Does nothing until a configuration is applied. */
export class Reconciler {
  readonly #ports: ReconcilerPorts;
  readonly #table: KnownTable;
  readonly #ownership: Ownership;
  readonly #refusals: RefusalReport;
  readonly #quorums: Quorums;
  readonly #pace: CheckPace;
  readonly #timer: Timer;
  readonly #changed = new Set<VirtualServerModel>();
  #model: BalancerModel | undefined;
  #running: ReadonlySet<VirtualServerModel> = new Set();
  #flushAt: Instant | undefined;
  #maxLateness = milliseconds(0);

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports;
    this.#table = new KnownTable(ports);
    this.#ownership = new Ownership(ports.owned);
    this.#refusals = new RefusalReport(ports.report);
    this.#quorums = new Quorums(ports.report);
    this.#pace = new CheckPace(ports.checkInterval ?? seconds(5));
    this.#timer = ports.createTimer(() => this.#onTimer());
  }

  /** Makes a configuration the running one and the table what it wants; empty when the kernel acknowledged everything. Otherwise what was
   * changed is taken back, the former configuration stays the running one, and the failures are returned. Only the first configuration
   * after a start has none to go back to: what can be had of it stays, the rest is tried again. `isUp` judges real servers that no checker runs for yet. */
  apply(model: BalancerModel, isUp: IsUp = this.#ports.isUp): OperationFailure[] {
    const former = this.#model;
    const failures = former === undefined ? this.#applyFirst(model, isUp) : this.#replace(former, model, isUp);
    const now = this.#ports.clock.now();
    if (failures.length > 0) this.#pace.failed(now);
    else if (former === undefined) this.#pace.right(now);
    else this.#pace.pushed(now);
    this.#arm();
    return failures;
  }

  /** A real server of this virtual server went in or out. All such calls of one turn of the event loop become one change of the table. */
  verdictChanged(virtualServer: VirtualServerModel): void {
    this.#changed.add(virtualServer);
    this.#flushAt ??= this.#ports.clock.now();
    this.#arm();
  }

  /** The configuration that runs: the one that was applied last and not taken back. */
  get running(): BalancerModel | undefined {
    return this.#model;
  }

  /** How many operations the kernel has acknowledged since the start. */
  get acknowledged(): OperationCounts {
    return this.#table.acknowledged;
  }

  /** The running virtual servers as the kernel has them; without the kernel's part when it cannot be asked. */
  views(verdictOf: VerdictOf): VirtualServerView[] {
    const { virtualServers } = this.#model ?? { virtualServers: [] };
    if (virtualServers.length === 0) return [];
    const seen = new Map<string, ObservedService>();
    this.#guard(() => {
      for (const entry of this.#ports.ipvs.observe()) seen.set(serviceKeyText(entry.service.key), entry);
      return [];
    });
    return virtualServers.map((server) =>
      virtualServerView(server, seen.get(serviceKeyText(server.service.key)), verdictOf, this.#quorums),
    );
  }

  /** What `apply` would do to the live kernel. Throws an OperationError when the kernel cannot be asked. */
  plan(model: BalancerModel, isUp: IsUp = this.#ports.isUp): IpvsOperation[] {
    if (this.#isNothingToDo(model)) return [];
    return plan(desiredTable(model, this.#quorums.verdicts(isUp)), this.#table.observe(), this.#ownedKeys());
  }

  /** Compares the whole table with what is desired, reports what differs without our doing, and repairs it. */
  reconcile(): OperationFailure[] {
    const model = this.#model;
    if (model === undefined) return [];
    const failures = this.#guard(() => this.#repair(model));
    const now = this.#ports.clock.now();
    if (failures.length > 0) this.#pace.failed(now);
    else this.#pace.right(now);
    this.#arm();
    return failures;
  }

  /** Ends the work. Removes our services, unless they are to be kept, and nobody else's. */
  stop({ keep }: { readonly keep: boolean }): OperationFailure[] {
    this.close();
    return keep ? [] : this.#guard(() => this.#removeOwned());
  }

  /** Ends the work and leaves the table as it is. */
  close(): void {
    this.#timer.close();
    this.#model = undefined;
    this.#changed.clear();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    const lateness = this.#maxLateness;
    this.#maxLateness = milliseconds(0);
    return lateness;
  }

  #applyFirst(model: BalancerModel, isUp: IsUp): OperationFailure[] {
    this.#model = model;
    const failures = this.#guard(() => {
      if (this.#isNothingToDo(model)) return [];
      const observed = this.#table.observe();
      this.#quorums.learn(model.virtualServers, observed);
      const desired = desiredTable(model, this.#quorums.verdicts(isUp));
      return this.#establish(desired, plan(desired, observed, this.#ownedKeys()));
    });
    this.#run(model, isUp);
    return failures;
  }

  #replace(former: BalancerModel, model: BalancerModel, isUp: IsUp): OperationFailure[] {
    const ownedBefore = this.#ownership.keys;
    let before: Table | undefined;
    const failures = this.#guard(() => {
      if (this.#isNothingToDo(model)) return [];
      const desired = desiredTable(
        model,
        this.#quorums.verdicts(isUp),
        this.#table.isTrusted ? this.#table.services : undefined,
      );
      const push = this.#planPush(desired);
      before = push.before;
      return this.#establish(desired, push.operations);
    });
    if (failures.length === 0) this.#run(model, isUp);
    else if (before !== undefined) failures.push(...this.#goBack(former, model, before, ownedBefore));
    return failures;
  }

  /** What a push has to do, and the table before it. The services that differ from what is known are read from the kernel, or, when they are most of
   * them, only their settings: what is otherwise than known will be refused, or found by the look at everything that follows. */
  #planPush(desired: Table): Push {
    const owned = this.#ownedKeys();
    if (!this.#table.isTrusted) return planFrom(this.#table.observe(), desired, owned);
    const changes = plan(desired, this.#table.services, owned);
    const concerned = new Set(changes.map(serviceOf));
    if (concerned.size > this.#table.services.size / 2) return planFrom(this.#table.observeSettings(), desired, owned);
    return planFrom(this.#table.observeConcerned(changes), only(desired, concerned), owned);
  }

  #run(model: BalancerModel, isUp: IsUp): void {
    this.#model = model;
    this.#running = new Set(model.virtualServers);
    this.#quorums.run(model.virtualServers, isUp);
  }

  /** Goes back to the former configuration; a service that was somebody else's before the attempt is given back as it was. */
  #goBack(
    former: BalancerModel,
    model: BalancerModel,
    before: Table,
    ours: ReadonlyMap<string, ServiceKey>,
  ): OperationFailure[] {
    const wanted = new Map(desiredTable(former, this.#verdicts));
    for (const { service } of model.virtualServers) {
      const key = serviceKeyText(service.key);
      const foreign = ours.has(key) ? undefined : before.get(key);
      if (foreign !== undefined) wanted.set(key, foreign);
    }
    return this.#guard(() => {
      const failures = this.#establish(wanted, plan(wanted, this.#table.observe(), this.#ownedKeys()));
      if (failures.length === 0) this.#ownership.keepOnly(ours.values());
      return failures;
    });
  }

  /** Makes the table the desired one, beginning with these operations, and looking at everything anew when some are refused. What becomes ours is written down first; what no longer is, after it has gone. */
  #establish(desired: Table, operations: readonly IpvsOperation[]): OperationFailure[] {
    this.#table.doubt();
    this.#ownership.claim(keysOf(desired));
    let refused = this.#table.send(operations);
    for (let round = 1; refused.length > 0 && round < rounds; round++) {
      const again = this.#table.send(plan(desired, this.#table.observe(), this.#ownedKeys()));
      const isStuck = refusalText(again) === refusalText(refused);
      refused = again;
      if (isStuck) break;
    }
    if (refused.length > 0) {
      this.#table.learn(this.#table.observe(), false);
      return this.#failuresOf(refused);
    }
    this.#table.learn(desired, true);
    this.#refusals.right();
    this.#ownership.keepOnly(keysOf(desired));
    return [];
  }

  #repair(model: BalancerModel): OperationFailure[] {
    if (this.#isNothingToDo(model)) return [];
    const desired = desiredTable(model, this.#verdicts);
    const observed = this.#table.observe();
    const repairs = plan(desired, observed, this.#ownedKeys());
    this.#reportDrift(desired, repairs, observed);
    return this.#establish(desired, repairs);
  }

  /** A difference is drift when we did not know of it: what was refused before, or waits to be done, is none. */
  #reportDrift(desired: Table, repairs: readonly IpvsOperation[], observed: Table): void {
    if (repairs.length === 0) return;
    const known = new Set(plan(desired, this.#table.services, this.#ownedKeys()).map(operationText));
    const unknown = repairs.filter((repair) => !known.has(operationText(repair)));
    for (const drift of driftsOf(unknown, observed)) this.#ports.report(drift);
  }

  #flush(): void {
    const servers = [...this.#changed].filter((server) => this.#running.has(server));
    this.#changed.clear();
    if (this.#guard(() => this.#bring(servers)).length === 0) return;
    this.#table.doubt();
    this.#pace.failed(this.#ports.clock.now());
  }

  /** Brings the services of some virtual servers to what is desired, from what is known of them. */
  #bring(servers: readonly VirtualServerModel[], round = 1): OperationFailure[] {
    const desired = servers.map((server) => desiredService(server, this.#verdicts));
    this.#ownership.claim(desired.map(({ service }) => service.key));
    const pairs = desired.map((service) => [service, this.#table.services.get(keyOf(service))] as const);
    const refused = this.#table.send(planServices(pairs));
    for (const service of desired) this.#table.learnService(service);
    if (round === 1) this.#quorums.note(servers, this.#ports.isUp);
    if (refused.length === 0) return [];
    const wrong = servers.filter((server) => isConcerned(server, refused));
    for (const server of wrong) this.#look(server, refused, round);
    return round < rounds ? this.#bring(wrong, round + 1) : this.#failuresOf(refused);
  }

  /** Asks the kernel for one service. Where it was refused because it was other than known, that is drift. */
  #look(server: VirtualServerModel, refused: readonly RefusedOperation[], round: number): void {
    const { key } = server.service;
    const service = this.#table.look(key);
    if (round > 1) return;
    const sent = new Set(refused.map(({ operation }) => operationText(operation)));
    const repairs = planServices([[desiredService(server, this.#verdicts), service]]);
    const observed: Table = new Map(service === undefined ? [] : [[serviceKeyText(key), service]]);
    for (const drift of driftsOf(
      repairs.filter((repair) => !sent.has(operationText(repair))),
      observed,
    ))
      this.#ports.report(drift);
  }

  #removeOwned(): OperationFailure[] {
    if (this.#ownership.keys.size === 0) return [];
    const present = this.#table.isTrusted ? this.#table.services : this.#table.observe();
    const refused = this.#table.send(plan(new Map(), present, this.#ownedKeys()));
    const left = new Set(refused.map(({ operation }) => serviceOf(operation)));
    const still: Table = refused.length === 0 ? new Map() : this.#table.observe();
    this.#ownership.keepOnly(
      [...this.#ownership.keys].filter(([key]) => left.has(key) && still.has(key)).map(([, key]) => key),
    );
    return refused.filter(({ operation }) => still.has(serviceOf(operation))).map(({ failure }) => failure);
  }

  #failuresOf(refused: readonly RefusedOperation[]): OperationFailure[] {
    const failures = refused.map(({ failure }) => failure);
    this.#refusals.refused(failures);
    return failures;
  }

  /** Runs what needs the kernel; that it cannot be asked is a failure like any other. */
  #guard(work: () => OperationFailure[]): OperationFailure[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#refusals.refused([error.failure]);
      return [error.failure];
    }
  }

  /** A director that balances nothing, and has nothing to remove, needs no IPVS in its kernel. */
  #isNothingToDo(model: BalancerModel): boolean {
    return model.virtualServers.length === 0 && this.#ownership.keys.size === 0;
  }

  get #verdicts(): Verdicts {
    return this.#quorums.verdicts(this.#ports.isUp);
  }

  #ownedKeys(): ReadonlySet<string> {
    return new Set(this.#ownership.keys.keys());
  }

  #onTimer(): void {
    const now = this.#ports.clock.now();
    const due = this.#nextDeadline();
    if (due !== undefined && now - due > this.#maxLateness) this.#maxLateness = elapsed(due, now);
    if (this.#flushAt !== undefined && this.#flushAt <= now) {
      this.#flushAt = undefined;
      this.#flush();
    }
    this.#check(now);
    this.#arm();
  }

  /** A glance costs little, and whatever it finds is reason enough to look at everything. */
  #check(now: Instant): void {
    const due = this.#pace.due(now);
    if (due === "everything" || (due === "glance" && !this.#isRightAtAGlance())) this.reconcile();
    else if (due === "glance") this.#pace.glanced(now);
  }

  #isRightAtAGlance(): boolean {
    if (this.#model === undefined || this.#isNothingToDo(this.#model)) return true;
    if (!this.#table.isTrusted) return false;
    try {
      return this.#table.isAsKnown(this.#ownership.keys, glancesPerRound);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return false;
    }
  }

  #arm(): void {
    this.#timer.arm(this.#model === undefined ? undefined : this.#nextDeadline());
  }

  #nextDeadline(): Instant | undefined {
    const check = this.#pace.next;
    if (this.#flushAt === undefined || check === undefined) return this.#flushAt ?? check;
    return instant(Math.min(this.#flushAt, check));
  }
}

/** What a push does, and the table that it was planned for. */
interface Push {
  readonly before: Table;
  readonly operations: readonly IpvsOperation[];
}

function planFrom(before: Table, desired: Table, owned: ReadonlySet<string>): Push {
  return { before, operations: plan(desired, before, owned) };
}

function only(table: Table, keys: ReadonlySet<string>): Table {
  return new Map([...table].filter(([key]) => keys.has(key)));
}

function* keysOf(table: Table) {
  for (const { service } of table.values()) yield service.key;
}

function keyOf({ service }: TableService): string {
  return serviceKeyText(service.key);
}

function isConcerned(server: VirtualServerModel, refused: readonly RefusedOperation[]): boolean {
  const key = serviceKeyText(server.service.key);
  return refused.some(({ operation }) => serviceOf(operation) === key);
}

function operationText(operation: IpvsOperation): string {
  return `${operation.kind} ${objectText(operation)}`;
}

/** Which refusals these are, to see whether another try came further. */
function refusalText(refused: readonly RefusedOperation[]): string {
  return refused.map(({ failure }) => describeFailure(failure)).join("\n");
}

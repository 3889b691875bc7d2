// Keeps the kernel's table as it is desired. One story serves a push, a verdict, drift and a restart: observe, plan, apply.
//
// A push and the slow check (every minute, and soon after a refusal) look at the whole table. A verdict looks at nothing: the services that
// it concerns are planned against what the kernel was last seen or told to have. If that was wrong, the kernel refuses, and those
// services are observed and planned again. Nothing is ever flushed, and services that are not ours are never touched.

import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { after, elapsed, type Instant, instant, type Milliseconds, milliseconds, seconds } from "../base/duration.ts";
import { describeFailure, OperationError, type OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { BalancerModel, VirtualServerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import {
  type IpvsOperation,
  type IpvsPort,
  type ObservedService,
  type RefusedOperation,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { desiredService, desiredTable, type IsUp } from "./core/desired.ts";
import { driftsOf } from "./core/drift.ts";
import { objectText, serviceOf } from "./core/operation-text.ts";
import { plan, planServices } from "./core/plan.ts";
import { type Table, type TableService, tableOf, tableServiceOf } from "./core/table.ts";
import { type OwnedServices, Ownership } from "./ownership.ts";
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
  /** From one check of the whole table to the next; a minute unless given. */
  readonly checkInterval?: Milliseconds;
}

/** The wait after a first refusal; it doubles with every further one until the regular check is sooner. */
const firstRetry = seconds(1);

/** How often one change is planned anew when the kernel turns out to be other than it was known to be, before it has to wait. */
const rounds = 3;

/** Programs IPVS. Does nothing until a configuration is applied. */
export class Reconciler {
  readonly #ports: ReconcilerPorts;
  readonly #ownership: Ownership;
  readonly #timer: Timer;
  readonly #checkInterval: Milliseconds;
  readonly #changed = new Set<VirtualServerModel>();
  /** Refusals that were reported since the table was last right. */
  readonly #reported = new Set<string>();
  #model: BalancerModel | undefined;
  #running: ReadonlySet<VirtualServerModel> = new Set();
  /** What the kernel has of our services, as far as we know. */
  #known = new Map<string, TableService>();
  #flushAt: Instant | undefined;
  #checkAt: Instant | undefined;
  #failedChecks = 0;
  #maxLateness = milliseconds(0);

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports;
    this.#ownership = new Ownership(ports.owned);
    this.#checkInterval = ports.checkInterval ?? seconds(60);
    this.#timer = ports.createTimer(() => this.#onTimer());
  }

  /** Makes a configuration the running one and the table what it wants; empty when the kernel acknowledged everything. Otherwise what was
   * changed is taken back, the former configuration stays the running one, and the failures are returned. Only the first configuration
   * after a start has none to go back to: what can be had of it stays, the rest is tried again. `isUp` judges real servers that no checker runs for yet. */
  apply(model: BalancerModel, isUp: IsUp = this.#ports.isUp): OperationFailure[] {
    const failures =
      this.#model === undefined ? this.#applyFirst(model, isUp) : this.#replace(this.#model, model, isUp);
    if (failures.length > 0) this.#checkSoon();
    else this.#checkRegularly();
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
      virtualServerView(server, seen.get(serviceKeyText(server.service.key)), verdictOf),
    );
  }

  /** What `apply` would do to the live kernel. Throws an OperationError when the kernel cannot be asked. */
  plan(model: BalancerModel, isUp: IsUp = this.#ports.isUp): IpvsOperation[] {
    if (this.#isNothingToDo(model)) return [];
    return plan(desiredTable(model, isUp), this.#observe(), this.#ownedKeys());
  }

  /** Compares the whole table with what is desired, reports what differs without our doing, and repairs it. */
  reconcile(): OperationFailure[] {
    const failures = this.#model === undefined ? [] : this.#guard(() => this.#repair(this.#requireModel()));
    if (failures.length > 0) this.#checkSoon();
    else this.#checkRegularly();
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
    this.#run(model);
    return this.#guard(() => {
      if (this.#isNothingToDo(model)) return [];
      return this.#establish(desiredTable(model, isUp), this.#observe());
    });
  }

  #replace(former: BalancerModel, model: BalancerModel, isUp: IsUp): OperationFailure[] {
    const ownedBefore = this.#ownership.keys;
    let observed: Table | undefined;
    const failures = this.#guard(() => {
      if (this.#isNothingToDo(model)) return [];
      observed = this.#observe();
      return this.#establish(desiredTable(model, isUp), observed);
    });
    if (failures.length === 0) this.#run(model);
    else if (observed !== undefined) failures.push(...this.#goBack(former, model, observed, ownedBefore));
    return failures;
  }

  #run(model: BalancerModel): void {
    this.#model = model;
    this.#running = new Set(model.virtualServers);
  }

  /** Goes back to the former configuration; a service that was somebody else's before the attempt is given back as it was. */
  #goBack(
    former: BalancerModel,
    model: BalancerModel,
    before: Table,
    ours: ReadonlyMap<string, ServiceKey>,
  ): OperationFailure[] {
    const wanted = new Map(desiredTable(former, this.#ports.isUp));
    for (const { service } of model.virtualServers) {
      const key = serviceKeyText(service.key);
      const foreign = ours.has(key) ? undefined : before.get(key);
      if (foreign !== undefined) wanted.set(key, foreign);
    }
    return this.#guard(() => {
      const failures = this.#establish(wanted, this.#observe());
      if (failures.length === 0) this.#ownership.keepOnly(ours.values());
      return failures;
    });
  }

  /** Makes the table the desired one. What becomes ours is written down first; what no longer is, after it has gone. */
  #establish(desired: Table, observed: Table): OperationFailure[] {
    this.#ownership.claim(keysOf(desired));
    let refused = this.#send(plan(desired, observed, this.#ownedKeys()));
    for (let round = 1; refused.length > 0 && round < rounds; round++) {
      const again = this.#send(plan(desired, this.#observe(), this.#ownedKeys()));
      const isStuck = refusalText(again) === refusalText(refused);
      refused = again;
      if (isStuck) break;
    }
    if (refused.length > 0) {
      this.#known = new Map(this.#observe());
      return this.#refusals(refused);
    }
    this.#known = new Map(desired);
    this.#reported.clear();
    this.#ownership.keepOnly(keysOf(desired));
    return [];
  }

  #repair(model: BalancerModel): OperationFailure[] {
    if (this.#isNothingToDo(model)) return [];
    const desired = desiredTable(model, this.#ports.isUp);
    const observed = this.#observe();
    this.#reportDrift(desired, observed);
    return this.#establish(desired, observed);
  }

  /** A difference is drift when we did not know of it: what was refused before, or waits to be done, is none. */
  #reportDrift(desired: Table, observed: Table): void {
    const owned = this.#ownedKeys();
    const known = new Set(plan(desired, this.#known, owned).map(operationText));
    const unknown = plan(desired, observed, owned).filter((repair) => !known.has(operationText(repair)));
    for (const drift of driftsOf(unknown, observed)) this.#ports.report(drift);
  }

  #flush(): void {
    const servers = [...this.#changed].filter((server) => this.#running.has(server));
    this.#changed.clear();
    if (this.#guard(() => this.#bring(servers)).length > 0) this.#checkSoon();
  }

  /** Brings the services of some virtual servers to what is desired, from what is known of them. */
  #bring(servers: readonly VirtualServerModel[], round = 1): OperationFailure[] {
    const desired = servers.map((server) => desiredService(server, this.#ports.isUp));
    this.#ownership.claim(desired.map(({ service }) => service.key));
    const pairs = desired.map((service) => [service, this.#known.get(keyOf(service))] as const);
    const refused = this.#send(planServices(pairs));
    for (const service of desired) this.#known.set(keyOf(service), service);
    if (refused.length === 0) return [];
    const wrong = servers.filter((server) => isConcerned(server, refused));
    for (const server of wrong) this.#look(server, refused, round);
    return round < rounds ? this.#bring(wrong, round + 1) : this.#refusals(refused);
  }

  /** Asks the kernel for one service. Where it was refused because it was other than known, that is drift. */
  #look(server: VirtualServerModel, refused: readonly RefusedOperation[], round: number): void {
    const { key } = server.service;
    const found = this.#ports.ipvs.observeService(key);
    const observed: Table = new Map(found === undefined ? [] : [[serviceKeyText(key), tableServiceOf(found)]]);
    const service = observed.get(serviceKeyText(key));
    if (service === undefined) this.#known.delete(serviceKeyText(key));
    else this.#known.set(serviceKeyText(key), service);
    if (round > 1) return;
    const sent = new Set(refused.map(({ operation }) => operationText(operation)));
    const repairs = planServices([[desiredService(server, this.#ports.isUp), service]]);
    for (const drift of driftsOf(
      repairs.filter((repair) => !sent.has(operationText(repair))),
      observed,
    ))
      this.#ports.report(drift);
  }

  #removeOwned(): OperationFailure[] {
    if (this.#ownership.keys.size === 0) return [];
    const refused = this.#send(plan(new Map(), this.#observe(), this.#ownedKeys()));
    const left = new Set(refused.map(({ operation }) => serviceOf(operation)));
    const still = tableOf(refused.length === 0 ? [] : this.#ports.ipvs.observe());
    this.#ownership.keepOnly(
      [...this.#ownership.keys].filter(([key]) => left.has(key) && still.has(key)).map(([, key]) => key),
    );
    return refused.filter(({ operation }) => still.has(serviceOf(operation))).map(({ failure }) => failure);
  }

  #send(operations: readonly IpvsOperation[]): readonly RefusedOperation[] {
    if (operations.length === 0) return [];
    const { ipvs, clock, report } = this.#ports;
    const started = clock.now();
    const refused = ipvs.apply(operations);
    const lost = new Set(refused.map(({ operation }) => operation));
    const count = (verb: string) => operations.filter((one) => one.kind.startsWith(verb) && !lost.has(one)).length;
    const counts = { added: count("add"), updated: count("update"), removed: count("remove") };
    if (lost.size < operations.length)
      report({ kind: "ipvs-applied", ...counts, durationMs: elapsed(started, clock.now()) });
    return refused;
  }

  #refusals(refused: readonly RefusedOperation[]): OperationFailure[] {
    const failures = refused.map(({ failure }) => failure);
    for (const failure of failures) this.#reportOnce(failure);
    return failures;
  }

  /** A refusal that repeats with every retry is said once, until the table has been right. */
  #reportOnce(failure: OperationFailure): void {
    const text = describeFailure(failure);
    if (this.#reported.has(text)) return;
    this.#reported.add(text);
    const { operation, object, cause } = failure;
    this.#ports.report({ kind: "ipvs-refused", operation, object, ...cause });
  }

  /** Runs what needs the kernel; that it cannot be asked is a failure like any other. */
  #guard(work: () => OperationFailure[]): OperationFailure[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#reportOnce(error.failure);
      return [error.failure];
    }
  }

  /** A director that balances nothing, and has nothing to remove, needs no IPVS in its kernel. */
  #isNothingToDo(model: BalancerModel): boolean {
    return model.virtualServers.length === 0 && this.#ownership.keys.size === 0;
  }

  #observe(): Table {
    return tableOf(this.#ports.ipvs.observe());
  }

  #ownedKeys(): ReadonlySet<string> {
    return new Set(this.#ownership.keys.keys());
  }

  #requireModel(): BalancerModel {
    if (this.#model === undefined) throw new Error("no configuration was applied");
    return this.#model;
  }

  #checkRegularly(): void {
    this.#failedChecks = 0;
    this.#checkAfter(this.#checkInterval);
  }

  #checkSoon(): void {
    const wait = Math.min(firstRetry * 2 ** this.#failedChecks, this.#checkInterval);
    this.#failedChecks = Math.min(this.#failedChecks + 1, 16);
    this.#checkAfter(milliseconds(wait));
  }

  #checkAfter(wait: Milliseconds): void {
    this.#checkAt = after(this.#ports.clock.now(), wait);
    this.#arm();
  }

  #onTimer(): void {
    const now = this.#ports.clock.now();
    const due = this.#nextDeadline();
    if (due !== undefined && now - due > this.#maxLateness) this.#maxLateness = elapsed(due, now);
    if (this.#flushAt !== undefined && this.#flushAt <= now) {
      this.#flushAt = undefined;
      this.#flush();
    }
    if (this.#checkAt !== undefined && this.#checkAt <= now) this.reconcile();
    this.#arm();
  }

  #arm(): void {
    this.#timer.arm(this.#model === undefined ? undefined : this.#nextDeadline());
  }

  #nextDeadline(): Instant | undefined {
    if (this.#flushAt === undefined) return this.#checkAt;
    if (this.#checkAt === undefined) return this.#flushAt;
    return instant(Math.min(this.#flushAt, this.#checkAt));
  }
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

// Makes the kernel's table the one that is desired: plans, sends, looks anew where something is refused, and writes down what is ours before it is
// created. It knows no configuration; what is desired comes as tables from the reconciler.

import type { Clock } from "../base/clock.ts";
import { describeFailure, OperationError, type OperationFailure } from "../base/errors.ts";
import type { IpvsDrift, ReportEvent } from "../events/event.ts";
import {
  type IpvsOperation,
  type IpvsPort,
  type RefusedOperation,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { driftsOf } from "./core/drift.ts";
import { objectText, serviceOf } from "./core/operation-text.ts";
import { plan, planServices } from "./core/plan.ts";
import type { Table, TableService } from "./core/table.ts";
import { KnownTable } from "./known-table.ts";
import { type OwnedServices, Ownership } from "./ownership.ts";
import { RefusalReport } from "./refusal-report.ts";

/** What the keeper is handed. */
export interface KeeperPorts {
  readonly ipvs: IpvsPort;
  readonly owned: OwnedServices;
  readonly clock: Clock;
  readonly report: ReportEvent;
}

/** What a push does, and the table that it was planned for. */
export interface Push {
  readonly before: Table;
  readonly operations: readonly IpvsOperation[];
}

/** A change of a part of the table: services as they are desired, and those that are no longer. */
export interface Some {
  readonly desired: readonly TableService[];
  readonly removed: readonly ServiceKey[];
}

/** So many glances come round to the destinations of every service: once a minute. */
const glancesPerRound = 12;

/** How often one change is planned anew when the kernel turns out to be other than it was known to be, before it has to wait. */
const rounds = 3;

/** The way to the kernel's table for the reconciler. Functions that ask the kernel throw an OperationError when it cannot be asked; `guard` makes it a failure. */
export class TableKeeper {
  readonly known: KnownTable;
  readonly ownership: Ownership;
  readonly #ports: KeeperPorts;
  readonly #refusals: RefusalReport;
  #drifts = 0;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.known = new KnownTable(ports);
    this.ownership = new Ownership(ports.owned);
    this.#refusals = new RefusalReport(ports.report);
  }

  /** How many differences were found that somebody else had made. */
  get drifts(): number {
    return this.#drifts;
  }

  /** Runs what needs the kernel; that it cannot be asked is a failure like any other. */
  guard(work: () => OperationFailure[]): OperationFailure[] {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#refusals.refused([error.failure]);
      return [error.failure];
    }
  }

  /** What has to be done to the live kernel for this table. */
  plan(desired: Table): IpvsOperation[] {
    return plan(desired, this.known.observe(), this.#ownedKeys());
  }

  /** What has to be done for this table that is in the kernel already. */
  planFrom(desired: Table, observed: Table): IpvsOperation[] {
    return plan(desired, observed, this.#ownedKeys());
  }

  /** What a push has to do, and the table before it. The services that differ from what is known are read from the kernel, or, when they are most of
   * them, only their settings: what is otherwise than known will be refused, or found by the look at everything that follows. */
  planPush(desired: Table): Push {
    const owned = this.#ownedKeys();
    if (!this.known.isTrusted) return pushFrom(this.known.observe(), desired, owned);
    const changes = plan(desired, this.known.services, owned);
    const concerned = new Set(changes.map(serviceOf));
    if (concerned.size > this.known.services.size / 2) return pushFrom(this.known.observeSettings(), desired, owned);
    return pushFrom(this.known.observeConcerned(changes), only(desired, concerned), owned);
  }

  /** Makes the table the desired one, beginning with these operations, and looking at everything anew when some are refused. What becomes ours is written down first; what no longer is, after it has gone. */
  establish(desired: Table, operations: readonly IpvsOperation[]): OperationFailure[] {
    this.known.doubt();
    this.ownership.claim(keysOf(desired));
    let refused = this.known.send(operations);
    for (let round = 1; refused.length > 0 && round < rounds; round++) {
      const again = this.known.send(this.plan(desired));
      const isStuck = refusalText(again) === refusalText(refused);
      refused = again;
      if (isStuck) break;
    }
    if (refused.length > 0) {
      this.known.learn(this.known.observe(), false);
      return this.#failuresOf(refused);
    }
    this.known.learn(desired, true);
    this.#refusals.right();
    this.ownership.keepOnly(keysOf(desired));
    return [];
  }

  /** What has to be done where only some services may be other than known: these, read from the kernel where they are. */
  planSome({ desired, removed }: Some): Push {
    const keys = [...removed];
    for (const service of desired) if (this.#differs(service)) keys.push(service.service.key);
    const before = this.known.read(keys);
    const pairs = desired.flatMap((service) => {
      const found = before.get(keyTextOf(service));
      return found !== undefined || this.#differs(service) ? [[service, found] as const] : [];
    });
    const gone = removed.filter((key) => before.has(serviceKeyText(key)));
    const removals = gone.map((key): IpvsOperation => ({ kind: "remove-service", key }));
    return { before, operations: [...planServices(pairs), ...removals] };
  }

  /** Makes these services as desired; false when something was refused: then the whole table has to be made so. */
  establishSome({ desired, removed }: Some, operations: readonly IpvsOperation[]): boolean {
    this.known.doubt();
    this.ownership.claim(desired.map(({ service }) => service.key));
    if (this.known.send(operations).length > 0) return false;
    this.known.learnSome(desired, removed);
    this.#refusals.right();
    if (removed.length > 0) this.ownership.giveUp(removed);
    return true;
  }

  #differs(service: TableService): boolean {
    const known = this.known.services.get(keyTextOf(service));
    return planServices([[service, known]]).length > 0;
  }

  /** Compares the whole table with the desired one, reports what differs without our doing, and repairs it. */
  repair(desired: Table): OperationFailure[] {
    const observed = this.known.observe();
    const repairs = plan(desired, observed, this.#ownedKeys());
    this.#reportDrift(desired, repairs, observed);
    return this.establish(desired, repairs);
  }

  /** Brings some services to what is desired, from what is known of them. */
  bring(desired: readonly TableService[], round = 1): OperationFailure[] {
    this.ownership.claim(desired.map(({ service }) => service.key));
    const pairs = desired.map((service) => [service, this.known.services.get(keyTextOf(service))] as const);
    const refused = this.known.send(planServices(pairs));
    for (const service of desired) this.known.learnService(service);
    if (refused.length === 0) return [];
    const concerned = new Set(refused.map(({ operation }) => serviceOf(operation)));
    const wrong = desired.filter((service) => concerned.has(keyTextOf(service)));
    for (const service of wrong) this.#look(service, refused, round);
    return round < rounds ? this.bring(wrong, round + 1) : this.#failuresOf(refused);
  }

  /** Whether the kernel still has what is known, as far as a glance can tell. One that cannot be asked has not. */
  isRightAtAGlance(): boolean {
    if (!this.known.isTrusted) return false;
    try {
      return this.known.isAsKnown(this.ownership.keys, glancesPerRound);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return false;
    }
  }

  /** Claims every service that the kernel has, so that those which are not desired go. */
  claimEverything(observed: Table): void {
    this.ownership.claim(keysOf(observed));
  }

  /** Removes what is ours and nothing else. */
  removeOwned(): OperationFailure[] {
    if (this.ownership.keys.size === 0) return [];
    const present = this.known.isTrusted ? this.known.services : this.known.observe();
    const refused = this.known.send(plan(new Map(), present, this.#ownedKeys()));
    const left = new Set(refused.map(({ operation }) => serviceOf(operation)));
    const still: Table = refused.length === 0 ? new Map() : this.known.observe();
    this.ownership.keepOnly(
      [...this.ownership.keys].filter(([key]) => left.has(key) && still.has(key)).map(([, key]) => key),
    );
    return refused.filter(({ operation }) => still.has(serviceOf(operation))).map(({ failure }) => failure);
  }

  /** A difference is drift when we did not know of it: what was refused before, or waits to be done, is none. */
  #reportDrift(desired: Table, repairs: readonly IpvsOperation[], observed: Table): void {
    if (repairs.length === 0) return;
    const expected = new Set(plan(desired, this.known.services, this.#ownedKeys()).map(operationText));
    const unexpected = repairs.filter((repair) => !expected.has(operationText(repair)));
    this.#reportAll(driftsOf(unexpected, observed));
  }

  #reportAll(drifts: readonly IpvsDrift[]): void {
    this.#drifts += drifts.length;
    for (const drift of drifts) this.#ports.report(drift);
  }

  /** Asks the kernel for one service. Where it was refused because it was other than known, that is drift. */
  #look(desired: TableService, refused: readonly RefusedOperation[], round: number): void {
    const service = this.known.look(desired.service.key);
    if (round > 1) return;
    const sent = new Set(refused.map(({ operation }) => operationText(operation)));
    const repairs = planServices([[desired, service]]).filter((repair) => !sent.has(operationText(repair)));
    const observed: Table = new Map(service === undefined ? [] : [[keyTextOf(desired), service]]);
    this.#reportAll(driftsOf(repairs, observed));
  }

  #failuresOf(refused: readonly RefusedOperation[]): OperationFailure[] {
    const failures = refused.map(({ failure }) => failure);
    this.#refusals.refused(failures);
    return failures;
  }

  #ownedKeys(): ReadonlySet<string> {
    return new Set(this.ownership.keys.keys());
  }
}

function pushFrom(before: Table, desired: Table, owned: ReadonlySet<string>): Push {
  return { before, operations: plan(desired, before, owned) };
}

function only(table: Table, keys: ReadonlySet<string>): Table {
  return new Map([...table].filter(([key]) => keys.has(key)));
}

function* keysOf(table: Table): Generator<ServiceKey> {
  for (const { service } of table.values()) yield service.key;
}

function keyTextOf({ service }: TableService): string {
  return serviceKeyText(service.key);
}

function operationText(operation: IpvsOperation): string {
  return `${operation.kind} ${objectText(operation)}`;
}

/** Which refusals these are, to see whether another try came further. */
function refusalText(refused: readonly RefusedOperation[]): string {
  return refused.map(({ failure }) => describeFailure(failure)).join("\n");
}

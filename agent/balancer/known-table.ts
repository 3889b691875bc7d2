// The kernel's table as this process knows it: what it was last seen to have, or told to have and acknowledged. Spares a look at
// the whole table for every small change; what is known wrongly shows as a refusal, or in the next look at everything.

import type { Clock } from "../base/clock.ts";
import { elapsed } from "../base/duration.ts";
import type { ReportEvent } from "../events/event.ts";
import {
  type IpvsOperation,
  type IpvsPort,
  type OperationCounts,
  type RefusedOperation,
  type Service,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { sameService } from "./core/compare.ts";
import { serviceOf } from "./core/operation-text.ts";
import { planServices } from "./core/plan.ts";
import { type Table, type TableService, tableOf, tableServiceOf } from "./core/table.ts";

/** What the table is handed. */
export interface KnownTablePorts {
  readonly ipvs: IpvsPort;
  readonly clock: Clock;
  readonly report: ReportEvent;
}

/** The way to the kernel for the reconciler. Functions that ask the kernel throw an OperationError when it cannot be asked. */
export class KnownTable {
  readonly #ports: KnownTablePorts;
  #services = new Map<string, TableService>();
  #isTrusted = false;
  #place = 0;
  #acknowledged: OperationCounts = { added: 0, updated: 0, removed: 0 };

  constructor(ports: KnownTablePorts) {
    this.#ports = ports;
  }

  /** What is known. */
  get services(): Table {
    return this.#services;
  }

  /** Whether everything that was changed was acknowledged since the last look at everything. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** How many operations were acknowledged since the start. */
  get acknowledged(): OperationCounts {
    return this.#acknowledged;
  }

  /** The whole table, from the kernel. */
  observe(): Table {
    return tableOf(this.#ports.ipvs.observe());
  }

  /** The settings of every service from the kernel, the destinations as they are known; a service that is not known is read. */
  observeSettings(): Table {
    const table = new Map<string, TableService>();
    for (const service of this.#ports.ipvs.observeServices()) {
      const text = serviceKeyText(service.key);
      const known = this.#services.get(text);
      put(table, text, known === undefined ? this.#read(service.key) : settingsIn(known, service));
    }
    return table;
  }

  /** The services that the operations concern, from the kernel. */
  observeConcerned(operations: readonly IpvsOperation[]): Table {
    return this.read(new Map(operations.map((operation) => [serviceOf(operation), keyOf(operation)])).values());
  }

  /** Some services, from the kernel. */
  read(keys: Iterable<ServiceKey>): Table {
    const table = new Map<string, TableService>();
    for (const key of keys) put(table, serviceKeyText(key), this.#read(key));
    return table;
  }

  /** One service, read from the kernel and known from then on. */
  look(key: ServiceKey): TableService | undefined {
    const found = this.#read(key);
    put(this.#services, serviceKeyText(key), found);
    return found;
  }

  /** Whether the kernel still has what is known: every service, the settings of each, and the destinations of the next few, so that so many glances come
   * round to all. An owned service that is not known counts as a difference, others do not concern us. */
  isAsKnown(owned: ReadonlyMap<string, unknown>, glances: number): boolean {
    const seen = new Map(this.#ports.ipvs.observeServices().map((service) => [serviceKeyText(service.key), service]));
    for (const [key, { service }] of this.#services) {
      const found = seen.get(key);
      if (owned.has(key) && (found === undefined || !sameService(service, found))) return false;
    }
    for (const key of seen.keys()) if (owned.has(key) && !this.#services.has(key)) return false;
    return this.#nextFew(owned, glances).every((service) => this.#isUnchanged(service));
  }

  /** Everything is as in this table. */
  learn(table: Table, isTrusted: boolean): void {
    this.#services = new Map(table);
    this.#isTrusted = isTrusted;
  }

  /** These services are as given, these are gone, and all others are as they were when everything was known. */
  learnSome(services: readonly TableService[], gone: readonly ServiceKey[]): void {
    for (const service of services) this.learnService(service);
    for (const key of gone) this.#services.delete(serviceKeyText(key));
    this.#isTrusted = true;
  }

  /** One service is as given. */
  learnService(service: TableService): void {
    this.#services.set(serviceKeyText(service.service.key), service);
  }

  /** What is known may be wrong: the next change shall begin with a look at everything. */
  doubt(): void {
    this.#isTrusted = false;
  }

  /** Carries the operations out and reports what was acknowledged; returns what was refused. */
  send(operations: readonly IpvsOperation[]): readonly RefusedOperation[] {
    if (operations.length === 0) return [];
    const { ipvs, clock, report } = this.#ports;
    const started = clock.now();
    const refused = ipvs.apply(operations);
    const durationMs = roundedToMicroseconds(elapsed(started, clock.now()));
    if (refused.length === operations.length) return refused;
    const counts = countsOf(operations, new Set(refused.map(({ operation }) => operation)));
    this.#acknowledged = sum(this.#acknowledged, counts);
    report({ kind: "ipvs-applied", ...counts, durationMs });
    return refused;
  }

  /** The services whose turn it is. The place goes on from glance to glance and starts anew behind the last one. */
  #nextFew(owned: ReadonlyMap<string, unknown>, glances: number): TableService[] {
    const ours = [...this.#services].filter(([key]) => owned.has(key)).map(([, service]) => service);
    const start = this.#place < ours.length ? this.#place : 0;
    this.#place = start + Math.ceil(ours.length / glances);
    return ours.slice(start, this.#place);
  }

  #isUnchanged(known: TableService): boolean {
    const { service } = known;
    const destinations = this.#ports.ipvs.observeDestinations(service.key);
    return planServices([[known, { service, destinations }]]).length === 0;
  }

  #read(key: ServiceKey): TableService | undefined {
    const found = this.#ports.ipvs.observeService(key);
    return found === undefined ? undefined : tableServiceOf(found);
  }
}

function put(table: Map<string, TableService>, key: string, service: TableService | undefined): void {
  if (service === undefined) table.delete(key);
  else table.set(key, service);
}

function settingsIn(known: TableService, service: Service): TableService {
  return sameService(known.service, service) ? known : { service, destinations: known.destinations };
}

function keyOf(operation: IpvsOperation): ServiceKey {
  return "service" in operation ? operation.service.key : operation.key;
}

function countsOf(operations: readonly IpvsOperation[], lost: ReadonlySet<IpvsOperation>): OperationCounts {
  const counts = { added: 0, updated: 0, removed: 0 };
  for (const operation of operations) if (!lost.has(operation)) counts[countOf[operation.kind]] += 1;
  return counts;
}

const countOf = {
  "add-service": "added",
  "add-destination": "added",
  "update-service": "updated",
  "update-destination": "updated",
  "remove-service": "removed",
  "remove-destination": "removed",
} as const;

function sum(a: OperationCounts, b: OperationCounts): OperationCounts {
  return { added: a.added + b.added, updated: a.updated + b.updated, removed: a.removed + b.removed };
}

function roundedToMicroseconds(duration: number): number {
  return Math.round(duration * 1000) / 1000;
}

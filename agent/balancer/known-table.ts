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
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { serviceOf } from "./core/operation-text.ts";
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

  /** The services that the operations concern, from the kernel. */
  observeConcerned(operations: readonly IpvsOperation[]): Table {
    const table = new Map<string, TableService>();
    const keys = new Map(operations.map((operation) => [serviceOf(operation), keyOf(operation)]));
    for (const [text, key] of keys) put(table, text, this.#read(key));
    return table;
  }

  /** One service, read from the kernel and known from then on. */
  look(key: ServiceKey): TableService | undefined {
    const found = this.#read(key);
    put(this.#services, serviceKeyText(key), found);
    return found;
  }

  /** Everything is as in this table. */
  learn(table: Table, isTrusted: boolean): void {
    this.#services = new Map(table);
    this.#isTrusted = isTrusted;
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

  #read(key: ServiceKey): TableService | undefined {
    const found = this.#ports.ipvs.observeService(key);
    return found === undefined ? undefined : tableServiceOf(found);
  }
}

function put(table: Map<string, TableService>, key: string, service: TableService | undefined): void {
  if (service === undefined) table.delete(key);
  else table.set(key, service);
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

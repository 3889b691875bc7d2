// A director's balancer for tests: the reconciler on an IPVS in memory, with verdicts as the test wishes them.

import { objectText } from "../../agent/balancer/core/operation-text.ts";
import { type Table, tableOf } from "../../agent/balancer/core/table.ts";
import type { KernelSettings } from "../../agent/balancer/kernel-settings.ts";
import type { OwnedServices } from "../../agent/balancer/ownership.ts";
import { Reconciler } from "../../agent/balancer/reconciler.ts";
import type { OperationFailure } from "../../agent/base/errors.ts";
import { silentLog } from "../../agent/base/log.ts";
import type { BalancerModel } from "../../agent/config/model.ts";
import type { Event, ReportEvent } from "../../agent/events/event.ts";
import { destinationKeyText, type IpvsOperation, type ServiceKey, serviceKeyText } from "../../agent/kernel/ipvs.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";

/** A note of owned services that outlives the reconciler, as the file does. */
export class MemoryOwned implements OwnedServices {
  keys: readonly ServiceKey[] = [];
  /** While set, nothing can be written down. */
  failure: Error | undefined;
  writes = 0;

  load(): readonly ServiceKey[] {
    return this.keys;
  }

  save(keys: readonly ServiceKey[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.keys = [...keys];
    this.writes += 1;
  }

  names(): string[] {
    return this.keys.map(serviceKeyText).sort();
  }
}

/** One director; `restart` replaces the process and keeps kernel and note. */
export class Director {
  readonly clock = new VirtualClock();
  readonly ipvs = new MemoryIpvs();
  readonly owned = new MemoryOwned();
  readonly events: Event[] = [];
  /** Names of real servers that are down. */
  readonly down = new Set<string>();
  readonly #settings: ((report: ReportEvent) => KernelSettings) | undefined;
  reconciler: Reconciler;

  /** `settings`: what the kernel has besides the table, made anew for each process. */
  constructor(settings?: (report: ReportEvent) => KernelSettings) {
    this.#settings = settings;
    this.reconciler = this.#start();
  }

  restart(): void {
    this.reconciler.close();
    this.reconciler = this.#start();
  }

  apply(model: BalancerModel): OperationFailure[] {
    return this.reconciler.apply(model);
  }

  /** The operations that the kernel was asked for since the last call, as text. */
  asked(): string[] {
    return this.ipvs.operations.splice(0).map(operationText);
  }

  table(): Table {
    return tableOf(this.ipvs.observe());
  }

  /** "tcp 10.9.0.100:80" → ["10.9.0.11:80 weight 1", …], sorted. */
  destinations(service = "tcp 10.9.0.100:80"): string[] | undefined {
    const found = this.table().get(service);
    return found?.destinations.map((one) => `${destinationKeyText(one)} weight ${one.weight}`).sort();
  }

  happened<Kind extends Event["kind"]>(kind: Kind): Extract<Event, { readonly kind: Kind }>[] {
    return this.events.filter((event): event is Extract<Event, { readonly kind: Kind }> => event.kind === kind);
  }

  #start(): Reconciler {
    const report = (event: Event) => void this.events.push(event);
    const settings = this.#settings?.(report);
    return new Reconciler({
      ...(settings && { settings }),
      ipvs: this.ipvs,
      owned: this.owned,
      clock: this.clock,
      createTimer: this.clock.createTimer,
      report,
      log: silentLog,
      isUp: ({ name }) => !this.down.has(name),
    });
  }
}

/** "add-destination 10.9.0.11:80 of tcp 10.9.0.100:80". */
export function operationText(operation: IpvsOperation): string {
  return `${operation.kind} ${objectText(operation)}`;
}

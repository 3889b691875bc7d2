// IPVS in memory, with the refusals of the real one. What it believes about the kernel is stated, and held against a real kernel, in
// test/contract/ipvs.ts. Tests see the table through `observe` and change it behind the agent's back through `apply`.

import { addressBytes, familyOf, type IpAddress, isMulticast } from "../../base/address.ts";
import type { OperationError } from "../../base/errors.ts";
import type {
  Counters,
  Destination,
  IpvsInfo,
  IpvsOperation,
  IpvsPort,
  ObservedDestination,
  ObservedService,
  RefusedOperation,
  Service,
  ServiceKey,
} from "../ipvs.ts";
import { destinationKeyText, serviceKeyText } from "../ipvs.ts";
import { refused } from "../ipvs-refusal.ts";

/** The schedulers of Linux 6.1 to 7.2. */
export const kernelSchedulers: readonly string[] = "rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf twos".split(" ");

/** What the kernel in memory shall be like, and how it fails. All may be changed while it runs. */
export interface MemoryIpvsBehaviour {
  readonly schedulers: ReadonlySet<string>;
  readonly persistenceEngines: ReadonlySet<string>;
  /** While set, nothing can be asked: every function throws this. */
  readonly unavailable?: OperationError;
  /** The errno with which an operation is refused besides the kernel's own reasons; undefined lets it pass. */
  readonly refuse: (operation: IpvsOperation) => string | undefined;
}

/** The connections of a destination, as a test wishes to have them reported. */
export type Connections = Partial<
  Pick<ObservedDestination, "activeConnections" | "inactiveConnections" | "persistentConnections" | "counters">
>;

/** No connections, no packets. */
export const zeroCounters: Counters = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
  connectionsPerSecond: 0n,
  packetsInPerSecond: 0n,
  packetsOutPerSecond: 0n,
  bytesInPerSecond: 0n,
  bytesOutPerSecond: 0n,
};

interface Entry {
  service: Service;
  destinations: ObservedDestination[];
}

/** IPVS of one network namespace in memory. */
export class MemoryIpvs implements IpvsPort {
  behaviour: MemoryIpvsBehaviour = {
    schedulers: new Set(kernelSchedulers),
    persistenceEngines: new Set(["sip"]),
    refuse: () => undefined,
  };
  /** Every operation that was asked for, in order, refused ones too. */
  readonly operations: IpvsOperation[] = [];
  readonly #entries = new Map<string, Entry>();

  info(): IpvsInfo {
    this.#ask();
    return { version: "1.2.1", connectionTableSize: 4096 };
  }

  observe(): readonly ObservedService[] {
    this.#ask();
    return [...this.#entries.values()].map(observed);
  }

  observeServices(): readonly Service[] {
    this.#ask();
    return [...this.#entries.values()].map(({ service }) => service);
  }

  observeService(key: ServiceKey): ObservedService | undefined {
    this.#ask();
    const entry = this.#entries.get(serviceKeyText(key));
    return entry === undefined ? undefined : observed(entry);
  }

  observeDestinations(key: ServiceKey): readonly Destination[] {
    this.#ask();
    return this.#entries.get(serviceKeyText(key))?.destinations.map(({ destination }) => destination) ?? [];
  }

  apply(operations: readonly IpvsOperation[]): readonly RefusedOperation[] {
    this.#ask();
    return operations.flatMap((operation) => {
      this.operations.push(operation);
      const code = this.behaviour.refuse(operation) ?? this.#carryOut(operation);
      return code === undefined ? [] : [refused(operation, code)];
    });
  }

  /** Sets what the kernel reports about the connections of a destination. */
  setConnections(key: ServiceKey, destination: Pick<Destination, "address" | "port">, connections: Connections): void {
    const entry = this.#entries.get(serviceKeyText(key));
    const index = entry === undefined ? -1 : placeOf(entry, destination);
    const was = entry?.destinations[index];
    if (entry === undefined || was === undefined)
      throw new Error(`no ${destinationKeyText(destination)} in ${serviceKeyText(key)}`);
    entry.destinations[index] = { ...was, ...connections };
  }

  close(): void {}

  #ask(): void {
    if (this.behaviour.unavailable !== undefined) throw this.behaviour.unavailable;
  }

  #carryOut(operation: IpvsOperation): string | undefined {
    switch (operation.kind) {
      case "add-service":
        return this.#addService(operation.service);
      case "update-service":
        return this.#updateService(operation.service);
      case "remove-service":
        return this.#entries.delete(serviceKeyText(operation.key)) ? undefined : "ESRCH";
      default:
        return this.#changeDestination(operation);
    }
  }

  #addService(service: Service): string | undefined {
    const key = serviceKeyText(service.key);
    if (this.#entries.has(key)) return "EEXIST";
    const code = this.#settingsRefusal(service);
    if (code === undefined) this.#entries.set(key, { service, destinations: [] });
    return code;
  }

  #updateService(service: Service): string | undefined {
    const entry = this.#entries.get(serviceKeyText(service.key));
    if (entry === undefined) return "ESRCH";
    const code = this.#settingsRefusal(service);
    if (code === undefined) entry.service = service;
    return code;
  }

  #settingsRefusal({ scheduler, persistence }: Service): string | undefined {
    if (!this.behaviour.schedulers.has(scheduler)) return "ENOENT";
    const engine = persistence?.engine;
    return engine === undefined || this.behaviour.persistenceEngines.has(engine) ? undefined : "ENOENT";
  }

  #changeDestination(operation: Extract<IpvsOperation, { readonly destination: Destination }>): string | undefined {
    const entry = this.#entries.get(serviceKeyText(operation.key));
    if (entry === undefined) return "ESRCH";
    const { destination } = operation;
    const place = placeOf(entry, destination);
    if (operation.kind === "remove-destination") return removeAt(entry, place);
    const code = destinationRefusal(operation.key, destination);
    if (code !== undefined) return code;
    return operation.kind === "add-destination"
      ? addDestination(entry, place, destination)
      : replaceAt(entry, place, destination);
  }
}

function observed(entry: Entry): ObservedService {
  return { service: entry.service, counters: zeroCounters, destinations: [...entry.destinations] };
}

function placeOf(entry: Entry, wanted: Pick<Destination, "address" | "port">): number {
  const key = destinationKeyText(wanted);
  return entry.destinations.findIndex(({ destination }) => destinationKeyText(destination) === key);
}

/** The kernel puts a new destination before the others (list_add in ip_vs_add_dest). */
function addDestination(entry: Entry, place: number, destination: Destination): string | undefined {
  if (!isUnicast(destination.address)) return "EINVAL";
  if (place >= 0) return "EEXIST";
  const fresh = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters: zeroCounters };
  entry.destinations.unshift({ destination, ...fresh });
  return undefined;
}

function replaceAt(entry: Entry, place: number, destination: Destination): string | undefined {
  const was = entry.destinations[place];
  if (was === undefined) return "ENOENT";
  entry.destinations[place] = { ...was, destination };
  return undefined;
}

function removeAt(entry: Entry, place: number): string | undefined {
  if (place < 0) return "ENOENT";
  entry.destinations.splice(place, 1);
  return undefined;
}

function destinationRefusal(key: ServiceKey, destination: Destination): string | undefined {
  const family = key.kind === "mark" ? key.family : familyOf(key.address);
  if (familyOf(destination.address) !== family && destination.forwarding.method !== "tunnel") return "EINVAL";
  if (destination.weight < 0 || destination.lowerThreshold > destination.upperThreshold) return "ERANGE";
  const { forwarding } = destination;
  return forwarding.method === "tunnel" && forwarding.type === "gue" && forwarding.port === 0 ? "EINVAL" : undefined;
}

function isUnicast(address: IpAddress): boolean {
  const bytes = addressBytes(address);
  if (isMulticast(address) || bytes.every((byte) => byte === 0)) return false;
  const linkLocal = bytes.length === 16 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
  return !linkLocal && bytes.some((byte) => byte !== 255);
}

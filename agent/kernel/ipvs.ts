// The port to IPVS, the kernel's load balancer, in words of the domain: services and destinations. One process writes through it.
// linux/ holds the real one (generic netlink family "IPVS"), memory/ its twin for tests; test/contract holds both to the same claims.

import type { Family, IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";

/** The transport protocols that IPVS balances. */
export const protocols = ["tcp", "udp", "sctp"] as const;
export type Protocol = (typeof protocols)[number];

/** What identifies a service: protocol, address and port (port 0: all ports, needs persistence), or a firewall mark. */
export type ServiceKey =
  | { readonly kind: "address"; readonly protocol: Protocol; readonly address: IpAddress; readonly port: number }
  | { readonly kind: "mark"; readonly mark: number; readonly family: Family };

/** The scheduler flags of a service (`IP_VS_SVC_F_SCHED1..3`: sh-fallback, sh-port, mh-fallback, mh-port …) and one-packet scheduling. */
export interface ServiceFlags {
  readonly flag1: boolean;
  readonly flag2: boolean;
  readonly flag3: boolean;
  readonly onePacket: boolean;
}

/** The same client goes to the same destination for `timeout` (whole seconds) after its last connection. Clients are told apart by their first `granularity` bits. */
export interface Persistence {
  readonly timeout: Milliseconds;
  readonly granularity: number;
  readonly engine?: string;
}

/** A service as it is wished for: identity and settings, no counters. */
export interface Service {
  readonly key: ServiceKey;
  readonly scheduler: string;
  readonly flags: ServiceFlags;
  readonly persistence?: Persistence;
}

/** How packets reach a destination: address translation (NAT), direct routing (DR), or a tunnel. `port` is that of GUE. */
export type Forwarding =
  | { readonly method: "masquerade" }
  | { readonly method: "direct" }
  | ({ readonly method: "tunnel" } & Tunnel);

/** A tunnel to a destination. */
export interface Tunnel {
  readonly type: "ipip" | "gue" | "gre";
  readonly port: number;
  readonly checksum: "none" | "full" | "remote";
}

/** Those that leave a packet's address as it is. */
export type UntouchedForwarding = Exclude<Forwarding, { readonly method: "masquerade" }>;

/** A destination of a service as it is wished for. Thresholds of 0 mean no limit. */
export interface Destination {
  readonly address: IpAddress;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The kernel's counters since the object was made, and its rates over the last seconds. All are 64 bits wide where the kernel has them. */
export interface Counters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  readonly connectionsPerSecond: bigint;
  readonly packetsInPerSecond: bigint;
  readonly packetsOutPerSecond: bigint;
  readonly bytesInPerSecond: bigint;
  readonly bytesOutPerSecond: bigint;
}

/** Their names, in this order. */
export const counterNames = [
  "connections",
  "packetsIn",
  "packetsOut",
  "bytesIn",
  "bytesOut",
  "connectionsPerSecond",
  "packetsInPerSecond",
  "packetsOutPerSecond",
  "bytesInPerSecond",
  "bytesOutPerSecond",
] as const satisfies readonly (keyof Counters)[];

/** A destination as the kernel has it. */
export interface ObservedDestination {
  readonly destination: Destination;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly counters: Counters;
}

/** A service as the kernel has it, with its destinations in the kernel's order. */
export interface ObservedService {
  readonly service: Service;
  readonly counters: Counters;
  readonly destinations: readonly ObservedDestination[];
}

/** What can be done to the table. `update-*` changes settings in place and keeps connections; keys never change. */
export type IpvsOperation =
  | { readonly kind: "add-service" | "update-service"; readonly service: Service }
  | { readonly kind: "remove-service"; readonly key: ServiceKey }
  | {
      readonly kind: "add-destination" | "update-destination" | "remove-destination";
      readonly key: ServiceKey;
      readonly destination: Destination;
    };

/** How many operations of each kind the kernel acknowledged, services and destinations together. */
export interface OperationCounts {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
}

/** One operation that the kernel refused. */
export interface RefusedOperation {
  readonly operation: IpvsOperation;
  readonly failure: OperationFailure;
}

/** Which IPVS this is. `version` is like "1.2.1"; the size is that of the connection hash table. */
export interface IpvsInfo {
  readonly version: string;
  readonly connectionTableSize: number;
}

/** IPVS of one network namespace. Every function throws an OperationError when the kernel cannot be asked at all, for instance
 * because it has no IPVS (cause code ENOENT) or the rights are missing (EPERM). */
export interface IpvsPort {
  info(): IpvsInfo;
  /** The whole table; an empty table is an empty list. */
  observe(): readonly ObservedService[];
  /** Every service without its destinations and counters: one question, however many services there are. */
  observeServices(): readonly Service[];
  /** One service with its destinations; undefined when the kernel has none with that key. */
  observeService(key: ServiceKey): ObservedService | undefined;
  /** The destinations of one service without counters, in the kernel's order; none when the kernel has no service with that key. */
  observeDestinations(key: ServiceKey): readonly Destination[];
  /** Carries out the operations in order, many in one send, and returns those that the kernel refused; the others are acknowledged. A refused
   * operation does not stop the ones after it. */
  apply(operations: readonly IpvsOperation[]): readonly RefusedOperation[];
  close(): void;
}

/** The key as one text, unique and stable: "tcp 10.9.0.100:80", "mark 300 ipv4". For maps, logs and messages. */
export function serviceKeyText(key: ServiceKey): string {
  if (key.kind === "mark") return `mark ${key.mark} ${key.family}`;
  const host = key.address.includes(":") ? `[${key.address}]` : key.address;
  return `${key.protocol} ${host}:${key.port}`;
}

/** The destination's identity within its service as one text: "10.9.0.11:80". */
export function destinationKeyText(destination: Pick<Destination, "address" | "port">): string {
  const { address, port } = destination;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

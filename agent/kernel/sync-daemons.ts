// The port to the IPVS sync daemons: kernel threads that tell other directors of connections, and hear of theirs. A network namespace has at most one
// of each state.

import type { IpAddress } from "../base/address.ts";

/** A sync daemon: a master tells, a backup hears. What is not given is the kernel's own choice. */
export interface SyncDaemon {
  readonly state: "master" | "backup";
  readonly interface: string;
  /** 0 to 255: what has another id is not heard. */
  readonly id: number;
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: IpAddress;
}

/** The sync daemons of one network namespace at a time. Functions throw an OperationError when the kernel refuses. */
export interface SyncDaemonsPort {
  /** From now on those of this network namespace are meant; undefined: of our own. */
  enter(namespace: string | undefined): void;
  daemons(): readonly SyncDaemon[];
  /** One of this state that runs already is refused (EEXIST). */
  start(daemon: SyncDaemon): void;
  /** One that does not run is already stopped, and no error. */
  stop(state: SyncDaemon["state"]): void;
  close(): void;
}

/**
 * Whether the running daemon is the wished one: what was left to the kernel is not compared, nor is the length that a backup hears, which the
 * kernel raises to 1024.
 */
export function isSameDaemon(wished: SyncDaemon, found: SyncDaemon): boolean {
  const fields = ["state", "interface", "id", "port", "ttl", "group"] as const;
  const all = wished.state === "backup" ? fields : ([...fields, "maxLength"] as const);
  return all.every((field) => wished[field] === undefined || wished[field] === found[field]);
}

/** The daemon as people write it. */
export function formatDaemon({ state, interface: link, id }: SyncDaemon): string {
  return `${state} on ${link} id ${id}`;
}

// The IPVS sync daemons of one director in memory.

import { OperationError } from "../../base/errors.ts";
import { formatDaemon, type SyncDaemon, type SyncDaemonsPort } from "../sync-daemons.ts";

/** Daemons that do nothing but run. */
export class MemorySyncDaemons implements SyncDaemonsPort {
  readonly #namespaces = new Map<string | undefined, readonly SyncDaemon[]>();
  #namespace: string | undefined;

  enter(namespace: string | undefined): void {
    this.#namespace = namespace;
  }

  get #running(): readonly SyncDaemon[] {
    return this.#namespaces.get(this.#namespace) ?? [];
  }

  daemons(): readonly SyncDaemon[] {
    return this.#running;
  }

  start(daemon: SyncDaemon): void {
    if (this.#running.some(({ state }) => state === daemon.state))
      throw new OperationError({ operation: "start", object: formatDaemon(daemon), cause: { code: "EEXIST" } });
    this.#namespaces.set(this.#namespace, [...this.#running, daemon]);
  }

  stop(state: SyncDaemon["state"]): void {
    const left = this.#running.filter((one) => one.state !== state);
    this.#namespaces.set(this.#namespace, left);
  }

  close(): void {}
}

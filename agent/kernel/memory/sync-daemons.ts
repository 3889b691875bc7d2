// The IPVS sync daemons of one director in memory.

import { OperationError } from "../../base/errors.ts";
import { formatDaemon, type SyncDaemon, type SyncDaemonsPort } from "../sync-daemons.ts";

/** Daemons that do nothing but run. */
export class MemorySyncDaemons implements SyncDaemonsPort {
  #running: readonly SyncDaemon[] = [];

  daemons(): readonly SyncDaemon[] {
    return this.#running;
  }

  start(daemon: SyncDaemon): void {
    if (this.#running.some(({ state }) => state === daemon.state))
      throw new OperationError({ operation: "start", object: formatDaemon(daemon), cause: { code: "EEXIST" } });
    this.#running = [...this.#running, daemon];
  }

  stop(state: SyncDaemon["state"]): void {
    this.#running = this.#running.filter((one) => one.state !== state);
  }

  close(): void {}
}

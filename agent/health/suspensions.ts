// Which virtual servers have their checkers suspended: those that are configured so (keepalived's ha_suspend) while none of their addresses is on this director.

import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { after, seconds } from "../base/duration.ts";
import type { VirtualServerModel } from "../config/model.ts";

/** How often addresses are looked at. */
const interval = seconds(1);

/** What suspensions need. */
export interface SuspensionPorts {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  /** All addresses of this director. */
  readonly addresses: () => ReadonlySet<string>;
  readonly onChange: (server: VirtualServerModel, isSuspended: boolean) => void;
}

/** Looks only while some virtual server is configured so. */
export class Suspensions {
  readonly #ports: SuspensionPorts;
  readonly #timer: Timer;
  #servers: readonly VirtualServerModel[] = [];
  #suspended = new Set<string>();

  constructor(ports: SuspensionPorts) {
    this.#ports = ports;
    this.#timer = ports.createTimer(() => this.#look());
  }

  /** These are all virtual servers from now on. Nobody is told: whoever configures asks. */
  configure(servers: readonly VirtualServerModel[]): void {
    this.#servers = servers.filter(({ suspendsWithoutAddress }) => suspendsWithoutAddress);
    this.#suspended = this.#now();
    this.#arm();
  }

  has({ name }: Pick<VirtualServerModel, "name">): boolean {
    return this.#suspended.has(name);
  }

  close(): void {
    this.#timer.close();
  }

  #look(): void {
    const before = this.#suspended;
    this.#suspended = this.#now();
    for (const server of this.#servers) {
      const isSuspended = this.#suspended.has(server.name);
      if (isSuspended !== before.has(server.name)) this.#ports.onChange(server, isSuspended);
    }
    this.#arm();
  }

  #now(): Set<string> {
    if (this.#servers.length === 0) return new Set();
    const held = this.#ports.addresses();
    const isAway = (server: VirtualServerModel) => {
      const addresses = serviceAddressesOf(server);
      return addresses.length > 0 && !addresses.some((address) => held.has(address));
    };
    return new Set(this.#servers.filter(isAway).map(({ name }) => name));
  }

  #arm(): void {
    this.#timer.arm(this.#servers.length === 0 ? undefined : after(this.#ports.clock.now(), interval));
  }
}

/** The addresses that a virtual server serves; none where it serves a mark. */
function serviceAddressesOf({ service, furtherKeys = [] }: VirtualServerModel): string[] {
  return [service.key, ...furtherKeys].flatMap((key) => (key.kind === "address" ? [key.address] : []));
}

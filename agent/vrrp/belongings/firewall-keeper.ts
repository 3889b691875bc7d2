// Keeps the agent's packet filter as desired: the addresses of masters that do not accept packets to them (RFC 9568, Accept_Mode). An election does not wait
// for it: it is written right after the step. The kernel says nothing of its own when somebody changes it, so it is looked at every few seconds.

import type { IpAddress } from "../../base/address.ts";
import { after, type Instant, seconds } from "../../base/duration.ts";
import { type FirewallPort, tableName } from "../../kernel/firewall.ts";
import type { RunningInstance } from "../running-instance.ts";
import type { ObjectListener, ObjectView } from "./object-keeper.ts";

/** The packet filter of one driver. */
export class FirewallKeeper {
  readonly #port: FirewallPort;
  readonly #now: () => Instant;
  readonly #listener: ObjectListener;
  readonly #desired = new Map<string, readonly IpAddress[]>();
  #written: ReadonlySet<IpAddress> = new Set();
  #lookAt: Instant | undefined;

  constructor(port: FirewallPort, now: () => Instant, listener: ObjectListener) {
    this.#port = port;
    this.#now = now;
    this.#listener = listener;
  }

  /** Nobody else desires anything any more. */
  keepOwners(names: ReadonlySet<string>): void {
    for (const name of this.#desired.keys()) if (!names.has(name)) this.#desire(name, []);
  }

  /** Takes in the state of an instance. */
  follow({ config, state }: RunningInstance): void {
    const isClosed = state.kind === "master" && config.accept === false;
    this.#desire(config.name, isClosed ? config.virtualAddresses.map(({ address }) => address) : []);
  }

  nextDeadline(): Instant | undefined {
    return this.#lookAt;
  }

  checkIfDue(now: Instant): void {
    if (this.#lookAt !== undefined && this.#lookAt <= now) this.check();
  }

  /** Looks at the table, and writes it if it is not as desired. */
  check(): void {
    const desired = new Set([...this.#desired.values()].flat());
    this.#lookAt = desired.size > 0 ? after(this.#now(), lookInterval) : undefined;
    try {
      const found = new Set(this.#port.read()?.unaccepted);
      if (isSame(desired, found)) return this.#note(desired);
      if (this.#written.size > 0 && !isSame(this.#written, found)) this.#tell(this.#written, "lost");
      this.#port.write({ unaccepted: [...desired] });
      this.#note(desired);
    } catch (thrown) {
      this.#lookAt = after(this.#now(), retryDelay);
      this.#listener.onRefused("keep", "packets to virtual addresses are accepted", thrown);
    }
  }

  /** What is dropped for an instance. */
  view(instance: string): readonly ObjectView[] {
    const addresses = this.#desired.get(instance) ?? [];
    return addresses.map((address) => ({ object: dropText(address), present: this.#written.has(address) }));
  }

  #desire(name: string, addresses: readonly IpAddress[]): void {
    if (Bun.deepEquals(this.#desired.get(name) ?? [], addresses)) return;
    if (addresses.length === 0) this.#desired.delete(name);
    else this.#desired.set(name, addresses);
    this.#lookAt = this.#now();
  }

  #note(desired: ReadonlySet<IpAddress>): void {
    const before = this.#written;
    this.#written = desired;
    this.#tell(new Set([...desired].filter((address) => !before.has(address))), "added");
    this.#tell(new Set([...before].filter((address) => !desired.has(address))), "removed");
  }

  #tell(addresses: ReadonlySet<IpAddress>, change: "added" | "removed" | "lost"): void {
    for (const address of addresses) {
      const owner = [...this.#desired].find(([, own]) => own.includes(address))?.[0];
      this.#listener.onChange(owner, dropText(address), change);
    }
  }
}

function dropText(address: IpAddress): string {
  return `drop what is for ${address} (nft list table inet ${tableName})`;
}

function isSame(a: ReadonlySet<IpAddress>, b: ReadonlySet<IpAddress>): boolean {
  return a.size === b.size && [...a].every((address) => b.has(address));
}

const lookInterval = seconds(5);
const retryDelay = seconds(10);

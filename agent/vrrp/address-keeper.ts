// The virtual addresses on the interfaces. They are leased: put with a lifetime, and renewed every third of it while an instance holds
// them, so that the kernel takes them away by itself when nobody is left to renew them. An address that two instances hold (it is
// moving from one to the other) goes with the last of them. An address owner's own address, which the kernel keeps for ever, is left alone.

import { formatInterfaceAddress } from "../base/address.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { OperationError } from "../base/errors.ts";
import type { VirtualAddressModel } from "../config/model.ts";
import type { AddressChanged } from "../events/event.ts";
import type { Link, LinksPort } from "../kernel/links.ts";
import { ownerPriority } from "./core/initialize-rows.ts";
import type { ObservedNetwork } from "./observed-network.ts";
import type { RunningInstance } from "./running-instance.ts";

interface Held {
  readonly address: VirtualAddressModel;
  readonly holders: Set<RunningInstance>;
  /** The owner's own address: not put by us, and so neither renewed nor removed. */
  readonly native: boolean;
}

/** What the keeper tells its driver. */
export interface KeeperListener {
  onChange(instance: string, address: VirtualAddressModel, change: AddressChanged["change"]): void;
  onRefused(operation: string, object: string, thrown: unknown): void;
}

/** Puts, renews and removes virtual addresses. */
export class AddressKeeper {
  readonly #links: LinksPort;
  readonly #network: ObservedNetwork;
  readonly #listener: KeeperListener;
  readonly #held = new Map<string, Held>();
  #lease: Milliseconds = milliseconds(0);
  #renewAt: Instant | undefined;
  #toRenew: Held[] = [];

  constructor(links: LinksPort, network: ObservedNetwork, listener: KeeperListener) {
    this.#links = links;
    this.#network = network;
    this.#listener = listener;
  }

  /** Sets the lifetime of addresses (0: for ever), and renews them all by it from now on. */
  setLease(lease: Milliseconds, now: Instant): void {
    if (lease === this.#lease) return;
    this.#lease = lease;
    this.#renewAt = now;
  }

  /** When addresses must be renewed next; undefined when nothing is held. */
  nextDeadline(): Instant | undefined {
    return this.#held.size === 0 ? undefined : this.#renewAt;
  }

  /** Renews everything held, a part in each call so that no advertisement waits behind thousands of addresses. */
  renewIfDue(now: Instant): void {
    if (this.#renewAt === undefined || this.#renewAt > now || this.#held.size === 0) return;
    if (this.#toRenew.length === 0) this.#toRenew = [...this.#held.values()];
    for (const held of this.#toRenew.splice(0, renewedAtOnce)) if (this.#isHeld(held)) this.#putOnLink(held);
    if (this.#toRenew.length === 0) this.#renewAt = after(now, milliseconds(this.#renewal()));
  }

  /** Puts the addresses for an instance that has become master. */
  put(instance: RunningInstance, addresses: readonly VirtualAddressModel[], now: Instant): void {
    for (const address of addresses) {
      const held = this.#hold(instance, address);
      const isThere = this.#isObserved(address);
      if (this.#putOnLink(held) && !isThere) this.#listener.onChange(instance.config.name, address, "added");
    }
    this.#renewAt ??= after(now, milliseconds(this.#renewal()));
  }

  /** Takes the addresses over as they are for an instance that resumes as master; only what is missing is put. All are renewed soon. */
  adopt(instance: RunningInstance, addresses: readonly VirtualAddressModel[], now: Instant): void {
    const missing = addresses.filter((address) => !this.#isObserved(address));
    for (const address of addresses) this.#hold(instance, address);
    this.put(instance, missing, now);
    this.#renewAt = now;
  }

  /** Removes addresses of an instance that is not master any more, unless another one holds them. Those not on their interface are gone already. */
  remove(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): void {
    for (const address of addresses) {
      const held = this.#held.get(keyOf(address));
      held?.holders.delete(instance);
      if (held !== undefined && held.holders.size > 0) continue;
      this.#held.delete(keyOf(address));
      if (held === undefined ? this.#isNative(instance, address) : held.native) continue;
      if (held !== undefined || this.#isObserved(address)) this.removeForeign(instance.config.name, address);
    }
  }

  /** Removes an address from its interface, whoever has put it there. */
  removeForeign(instance: string, address: VirtualAddressModel): void {
    const link = this.#network.linkNamed(address.interface);
    if (link === undefined) return;
    const { prefixLength } = address;
    const wished = { linkIndex: link.index, address: address.address, prefixLength };
    const done = this.#attempt("remove address", address, () => {
      this.#links.removeAddress(wished);
      this.#network.note({ kind: "address-removed", ...wished });
    });
    if (done) this.#listener.onChange(instance, address, "removed");
  }

  /** Whether an instance holds the address. */
  isHeld(address: VirtualAddressModel): boolean {
    return this.#held.has(keyOf(address));
  }

  /** Puts back what is held but, as just observed, not there; addresses whose interface is gone wait for it. */
  putBackLost(): void {
    for (const held of this.#held.values())
      if (!this.#isObserved(held.address) && this.#linkOf(held.address) !== undefined) this.#putBack(held);
  }

  #putBack(held: Held): void {
    for (const { config } of held.holders) this.#listener.onChange(config.name, held.address, "lost");
    if (!this.#putOnLink(held)) return;
    for (const { config } of held.holders) this.#listener.onChange(config.name, held.address, "added");
  }

  #hold(instance: RunningInstance, address: VirtualAddressModel): Held {
    const known = this.#held.get(keyOf(address));
    const held = known ?? { address, holders: new Set(), native: this.#isNative(instance, address) };
    held.holders.add(instance);
    this.#held.set(keyOf(address), held);
    return held;
  }

  #putOnLink({ address, native }: Held): boolean {
    const link = this.#linkOf(address);
    if (native && this.#isObserved(address)) return true;
    const { prefixLength } = address;
    const wished = { linkIndex: link?.index ?? 0, address: address.address, prefixLength };
    return this.#attempt("put address", address, () => {
      if (link === undefined) throw missingInterface(address);
      this.#links.putAddress(this.#lease === 0 ? wished : { ...wished, validFor: this.#lease });
      this.#network.noteOwn(wished);
    });
  }

  #attempt(operation: string, address: VirtualAddressModel, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (thrown) {
      this.#listener.onRefused(operation, `${formatInterfaceAddress(address)} on ${address.interface}`, thrown);
      return false;
    }
  }

  #isHeld(held: Held): boolean {
    return this.#held.get(keyOf(held.address)) === held;
  }

  #linkOf(address: VirtualAddressModel): Link | undefined {
    return this.#network.linkNamed(address.interface);
  }

  #isObserved(address: VirtualAddressModel): boolean {
    const link = this.#linkOf(address);
    return link !== undefined && this.#network.find(link.index, address) !== undefined;
  }

  #isNative({ config }: RunningInstance, address: VirtualAddressModel): boolean {
    if (config.priority !== ownerPriority) return false;
    const link = this.#linkOf(address);
    const found = link === undefined ? undefined : this.#network.find(link.index, address);
    return found !== undefined && found.validFor === undefined;
  }

  #renewal(): number {
    return this.#lease === 0 ? longestRenewal : this.#lease / renewalsInLease;
  }
}

/** Two renewals may fail before the third comes too late. */
const renewalsInLease = 3;

/** How often addresses without a lease are put again, so that lost ones come back. */
const longestRenewal = 10_000;

const renewedAtOnce = 64;

function keyOf({ address, prefixLength, interface: link }: VirtualAddressModel): string {
  return `${link} ${address}/${prefixLength}`;
}

function missingInterface(address: VirtualAddressModel): OperationError {
  return new OperationError({
    operation: "put address",
    object: `${formatInterfaceAddress(address)} on ${address.interface}`,
    cause: { code: "ENODEV", text: `interface "${address.interface}" does not exist` },
  });
}

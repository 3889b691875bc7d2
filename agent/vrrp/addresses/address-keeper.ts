// Who holds which virtual address. They are leased: put with a lifetime, and renewed while an instance holds them, so that the kernel takes
// them away by itself when nobody is left to renew them. An address that two instances hold (it is moving from one to the other) goes with
// the last of them. An address owner's own address, which is there for ever, is left alone, and so is the director's own; from a backup that is not the owner
// every form of its addresses goes, whoever has put it there and with whatever prefix length.

import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { AddressChanged } from "../../events/event.ts";
import type { LinksPort } from "../../kernel/links.ts";
import {
  type Losses,
  type LossesTold,
  noteLoss,
  noteRepair,
  repairAt,
  tellAt,
  tellIfDue,
  tellNow,
} from "../core/address-losses.ts";
import { ownerPriority } from "../core/initialize-rows.ts";
import { isLate } from "../core/master-occurrences.ts";
import { optionsKey } from "../core/same-address.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import { AddressWriter, type PlacedAddress } from "./address-writer.ts";
import { Lease } from "./lease.ts";
import type { OwnAddresses } from "./own-addresses.ts";

interface Held {
  address: VirtualAddressModel;
  readonly holders: Set<RunningInstance>;
  /** It was there for ever when an owner began to hold it: not put by us. */
  readonly native: boolean;
  /** Where it lies; undefined until the kernel has taken it. */
  linkIndex: number | undefined;
  /** How often somebody has removed it of late; undefined when nobody has. */
  losses: Losses | undefined;
  /** Whether its last change was told as one that puts it there. */
  toldThere: boolean;
  /** Somebody has removed an address that is not to be put back: it stays away until it is put anew. */
  abandoned: boolean;
}

/** What the keeper tells its driver. */
export interface KeeperListener {
  onChange(instance: string, address: VirtualAddressModel, change: AddressChanged["change"], losses?: LossesTold): void;
  /** Addresses that a master should have had all the time have only now come to their interface. */
  onLatePut(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): void;
  onRefused(operation: string, object: string, thrown: unknown): void;
}

/** Puts, renews and removes virtual addresses. */
export class AddressKeeper {
  readonly #network: ObservedNetwork;
  readonly #own: OwnAddresses;
  readonly #listener: KeeperListener;
  readonly #now: () => Instant;
  readonly #writer: AddressWriter;
  readonly #held = new Map<string, Held>();
  readonly #lease = new Lease<Held>();
  #retryAt: Instant | undefined;
  /** When an address that is removed too often is put back. */
  #repairAt: Instant | undefined;
  /** What has been lost without its being told yet. */
  readonly #untold = new Set<Held>();
  #released: { readonly instance: RunningInstance; readonly address: VirtualAddressModel }[] | undefined;

  constructor(
    links: LinksPort,
    network: ObservedNetwork,
    own: OwnAddresses,
    now: () => Instant,
    listener: KeeperListener,
  ) {
    this.#network = network;
    this.#own = own;
    this.#listener = listener;
    this.#now = now;
    this.#writer = new AddressWriter(links, network, {
      onRemoved: (instance, address) => listener.onChange(instance, address, "removed"),
      onRefused: (operation, object, thrown) => {
        this.#retryAt ??= after(now(), retryDelay);
        listener.onRefused(operation, object, thrown);
      },
    });
  }

  /** Sets the lifetime of addresses (0: for ever), and renews them all by it from now on. */
  setLease(lease: Milliseconds): void {
    this.#lease.setLength(lease, this.#now());
  }

  /** When addresses must be renewed or tried again; undefined when there is nothing to do. */
  nextDeadline(): Instant | undefined {
    const renewAt = this.#held.size === 0 ? undefined : this.#lease.nextDeadline();
    const deadlines = [
      renewAt,
      this.#retryAt,
      this.#repairAt,
      ...[...this.#untold].map(({ losses }) => losses && tellAt(losses)),
    ];
    return deadlines.reduce((first, at) => (first === undefined || (at !== undefined && at < first) ? at : first));
  }

  /** Renews a part of what is held if it is time, and tries again what was refused. */
  renewIfDue(now: Instant): void {
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.#retry();
    if (this.#repairAt !== undefined && this.#repairAt <= now) this.putBackLost();
    for (const held of this.#untold) this.#tellLosses(held, tellIfDue, now);
    for (const held of this.#lease.due(now, this.#held.values()))
      if (held.linkIndex !== undefined && isInTime(held, now)) this.#putOnLink(held);
  }

  /** Puts the addresses for an instance that has become master. */
  put(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): void {
    for (const address of addresses) {
      if (!isOwner(instance) && this.#own.formOf(address) !== undefined) continue;
      const wasThere = this.#isObserved(address);
      const held = this.#hold(instance, address);
      this.#changeOptions(held, address);
      held.abandoned = false;
      if (!this.#putOnLink(held)) continue;
      held.toldThere = true;
      if (!wasThere) this.#listener.onChange(instance.config.name, address, "added");
    }
    this.#lease.begin(this.#now());
  }

  /** The kernel changes an address's lifetime only: one with other options goes before it comes. */
  #changeOptions(held: Held, address: VirtualAddressModel): void {
    if (hasSameOptions(held.address, address)) return;
    if (held.linkIndex !== undefined && !held.native)
      this.#writer.take({ linkIndex: held.linkIndex, address: held.address });
    held.address = address;
  }

  /** Takes the addresses over as they are for an instance that resumes as master; puts those that are missing, and gives them. */
  adopt(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): readonly VirtualAddressModel[] {
    const missing = addresses.filter((address) => !this.#isObserved(address));
    for (const address of addresses) this.#hold(instance, address);
    this.put(instance, missing);
    // Their lease went on while nobody renewed it.
    this.#lease.renewAllAt(this.#now());
    return missing;
  }

  /** Removes addresses of an instance that is not master any more, unless another one holds them. */
  remove(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): void {
    for (const address of addresses) {
      this.#release(instance, address);
      if (this.#released === undefined) this.#removeUnheld(instance, address);
      else this.#released.push({ instance, address });
    }
  }

  #release(instance: RunningInstance, address: VirtualAddressModel): void {
    const held = this.#held.get(keyOf(address));
    if (held === undefined) return;
    if (held.holders.has(instance) && held.holders.size === 1) this.#endFight(held);
    held.holders.delete(instance);
  }

  /** What is released in the action goes after it, unless somebody holds it by then: an address that moves stays where it is. */
  inOneStep(action: () => void): void {
    this.#released = [];
    action();
    const released = this.#released;
    this.#released = undefined;
    for (const { instance, address } of released) this.#removeUnheld(instance, address);
  }

  /** Removes an address that a process before us has put, unless it is held now. */
  removeStray(instance: string, address: VirtualAddressModel): void {
    const link = this.#network.linkNamed(address.interface);
    if (link === undefined || this.isHeld(address) || !this.#isObserved(address)) return;
    this.#writer.remove(instance, { linkIndex: link.index, address });
  }

  /** Whether an instance holds the address. */
  isHeld(address: VirtualAddressModel): boolean {
    return (this.#held.get(keyOf(address))?.holders.size ?? 0) > 0;
  }

  /** Whether the address is held, and on its interface by our doing: what the next process has to know. */
  isOurs(address: VirtualAddressModel): boolean {
    return this.isHeld(address) && this.#held.get(keyOf(address))?.native === false;
  }

  /** Whether this address lies on the link by our doing: it is held, or its removal has not succeeded yet. */
  hasPut(linkIndex: number, address: VirtualAddressModel): boolean {
    const held = this.#held.get(keyOf(address));
    return (held !== undefined && !held.native) || this.#writer.owes({ linkIndex, address });
  }

  /** Whether the address is held, and was last seen on its interface. */
  isThere(address: VirtualAddressModel): boolean {
    return this.isHeld(address) && this.#isObserved(address);
  }

  /** Whether the address of this instance is not where it should be, as far as is known. */
  isMisplaced(instance: RunningInstance, address: VirtualAddressModel): boolean {
    if (this.isHeld(address) && this.#held.get(keyOf(address))?.abandoned === true) return false;
    return this.isHeld(address) ? !this.#isObserved(address) : this.#leftovers(instance, address).length > 0;
  }

  /** Puts back what is held but, as just observed, not there; addresses whose interface is gone wait for it. */
  putBackLost(): void {
    const now = this.#now();
    this.#repairAt = undefined;
    const late = new Map<RunningInstance, VirtualAddressModel[]>();
    for (const held of this.#held.values()) {
      const isLost = !this.#isObserved(held.address) && this.#network.linkNamed(held.address.interface) !== undefined;
      if (isLost && held.address.untracked === true) this.#abandon(held);
      else if (isLost && isInTime(held, now) && this.#putBack(held, now))
        for (const holder of held.holders) late.set(holder, [...(late.get(holder) ?? []), held.address]);
    }
    for (const [instance, addresses] of late) this.#listener.onLatePut(instance, addresses);
  }

  /** Only what had been there is lost; what was refused is tried again like any other. */
  #abandon(held: Held): void {
    if (held.abandoned || held.linkIndex === undefined) return;
    held.abandoned = true;
    held.linkIndex = undefined;
    held.toldThere = false;
    this.#tellHolders(held, "lost");
  }

  #putBack(held: Held, now: Instant): boolean {
    const wasThere = held.linkIndex !== undefined;
    held.linkIndex = undefined;
    if (wasThere) this.#tellLosses(held, noteLoss, now);
    const at = held.losses === undefined ? now : repairAt(held.losses, now);
    if (at > now) {
      this.#repairAt = this.#repairAt === undefined || at < this.#repairAt ? at : this.#repairAt;
      return false;
    }
    if (!this.#putOnLink(held)) return false;
    if (held.losses !== undefined) held.losses = noteRepair(held.losses, now);
    this.#tellThere(held);
    return true;
  }

  /** Takes the step of telling, and says what it gives. */
  #tellLosses(held: Held, take: (losses: Losses, now: Instant) => ReturnType<typeof noteLoss>, now: Instant): void {
    const { losses, tell } = held.losses === undefined ? noteLoss(undefined, now) : take(held.losses, now);
    held.losses = losses;
    if (losses.untold > 0) this.#untold.add(held);
    else this.#untold.delete(held);
    if (tell === undefined) return;
    this.#tellHolders(held, "lost", tell);
    held.toldThere = false;
    if (held.linkIndex !== undefined) this.#tellThere(held);
  }

  #tellThere(held: Held): void {
    if (held.toldThere) return;
    held.toldThere = true;
    this.#tellHolders(held, "added");
  }

  #tellHolders({ holders, address }: Held, change: AddressChanged["change"], losses?: LossesTold): void {
    for (const { config } of holders) this.#listener.onChange(config.name, address, change, losses);
  }

  /** What has been lost and not told yet is told before the address goes for good. */
  #endFight(held: Held): void {
    if (this.#untold.has(held)) this.#tellLosses(held, tellNow, this.#now());
  }

  #hold(instance: RunningInstance, address: VirtualAddressModel): Held {
    const held = this.#held.get(keyOf(address)) ?? this.#newHeld(instance, address);
    held.holders.add(instance);
    this.#held.set(keyOf(address), held);
    return held;
  }

  #newHeld(instance: RunningInstance, address: VirtualAddressModel): Held {
    const isThere = this.#isObserved(address);
    const linkIndex = isThere ? this.#network.linkNamed(address.interface)?.index : undefined;
    const native = this.#isNative(instance, address);
    return { address, holders: new Set(), native, linkIndex, losses: undefined, toldThere: isThere, abandoned: false };
  }

  #putOnLink(held: Held): boolean {
    const isOwners = held.native && [...held.holders].some(isOwner);
    if (isOwners && this.#isObserved(held.address)) return true;
    this.#removeDuplicate(held.address);
    const linkIndex = this.#writer.put(held.address, this.#lease.validFor);
    held.linkIndex = linkIndex ?? held.linkIndex;
    return linkIndex !== undefined;
  }

  /** Somebody else has put it with duplicate address detection: put again it would stay what it is, so it goes first. */
  #removeDuplicate(address: VirtualAddressModel): void {
    const linkIndex = this.#network.linkNamed(address.interface)?.index;
    if (linkIndex === undefined || this.#network.find(linkIndex, address)?.duplicate !== true) return;
    this.#writer.take({ linkIndex, address });
  }

  #removeUnheld(instance: RunningInstance, address: VirtualAddressModel): void {
    const held = this.#held.get(keyOf(address));
    if (held !== undefined && held.holders.size > 0) return;
    this.#held.delete(keyOf(address));
    if (
      held?.linkIndex !== undefined &&
      !(held.native && (isOwner(instance) || this.#own.has(held.linkIndex, address)))
    )
      this.#writer.remove(instance.config.name, { linkIndex: held.linkIndex, address });
    for (const placed of this.#leftovers(instance, address)) this.#writer.remove(instance.config.name, placed);
  }

  /** The address on its interface with whatever prefix length, but for what is held and for the owner's own. */
  #leftovers(instance: RunningInstance, address: VirtualAddressModel): readonly PlacedAddress[] {
    const link = this.#network.linkNamed(address.interface);
    if (link === undefined) return [];
    return this.#network.everyForm(link.index, address.address).flatMap(({ prefixLength, validFor, peer }) => {
      const form = {
        address: address.address,
        prefixLength,
        interface: address.interface,
        ...(peer !== undefined && { peer }),
      };
      const isOwn = isOwner(instance) && validFor === undefined;
      return isOwn || this.isHeld(form) || this.#own.has(link.index, form)
        ? []
        : [{ linkIndex: link.index, address: form }];
    });
  }

  #retry(): void {
    this.#retryAt = undefined;
    this.#writer.removeOwed();
    this.putBackLost();
  }

  /** Whether it is on its interface and answers: one that the kernel has found to be a duplicate (IPv6) does not. */
  #isObserved(address: VirtualAddressModel): boolean {
    const link = this.#network.linkNamed(address.interface);
    const found = link === undefined ? undefined : this.#network.find(link.index, address);
    return found !== undefined && !found.duplicate;
  }

  #isNative(instance: RunningInstance, address: VirtualAddressModel): boolean {
    const link = this.#network.linkNamed(address.interface);
    const found = link === undefined ? undefined : this.#network.find(link.index, address);
    return isOwner(instance) && found !== undefined && found.validFor === undefined;
  }
}

/** How soon what the kernel has refused is tried again. */
const retryDelay = milliseconds(1000);

function isOwner({ config }: RunningInstance): boolean {
  return config.priority === ownerPriority;
}

/** Whether a holder is still master in earnest: one that was held up gives its addresses up before anything else. */
function isInTime({ holders }: Held, now: Instant): boolean {
  return [...holders].some(({ state, config }) => state.kind === "master" && !isLate(state, config, now));
}

function keyOf({ address, prefixLength, interface: link }: VirtualAddressModel): string {
  return `${link} ${address}/${prefixLength}`;
}

function hasSameOptions(a: VirtualAddressModel, b: VirtualAddressModel): boolean {
  return optionsKey(a) === optionsKey(b);
}

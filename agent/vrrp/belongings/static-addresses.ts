// Addresses that are there while the agent runs, whoever is master. They are leased like virtual ones: put with a lifetime and renewed, so that
// they go by themselves when nobody is left to renew them.

import { formatInterfaceAddress } from "../../base/address.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { LinksPort, WishedAddress } from "../../kernel/links.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import { ObjectKeeper, type ObjectListener, type ObjectView, type Wanted } from "./object-keeper.ts";

/** The static addresses of one driver. */
export class StaticAddresses {
  readonly #links: LinksPort;
  readonly #network: ObservedNetwork;
  readonly #now: () => Instant;
  readonly #keeper: ObjectKeeper<WishedAddress>;
  #placed: WishedAddress[] = [];
  #lease: Milliseconds | undefined;
  #renewAt: Instant | undefined;

  constructor(links: LinksPort, network: ObservedNetwork, now: () => Instant, listener: ObjectListener) {
    this.#links = links;
    this.#network = network;
    this.#now = now;
    const port = {
      ours: () => this.#placed.filter((one) => this.#network.find(one.linkIndex, one) !== undefined),
      put: (address: WishedAddress) => this.#put(address),
      remove: (address: WishedAddress) => this.#remove(address),
    };
    this.#keeper = new ObjectKeeper(port, isSame, formatInterfaceAddress, now, listener);
  }

  /** Makes these the static addresses. */
  wish(addresses: readonly VirtualAddressModel[], lease: Milliseconds): void {
    this.#lease = lease > 0 ? lease : undefined;
    this.#keeper.want(
      owner,
      addresses.map((address) => this.#wanted(address)),
    );
    this.#keeper.sweep(owner);
    this.#renewAt ??= addresses.length > 0 ? this.#nextRenewal() : undefined;
  }

  /** What there shall be, and whether it is there. */
  view(): readonly ObjectView[] {
    return this.#keeper.view(owner);
  }

  /** Whether the address is there. */
  isThere(address: VirtualAddressModel): boolean {
    return this.#keeper.isThere(this.#wanted(address).key);
  }

  /** Whether this is one of them. */
  has(address: Place): boolean {
    return this.#placed.some((one) => isSame(one, address));
  }

  /** Asks for a look at what is there, soon. */
  suspect(): void {
    this.#keeper.suspect();
  }

  nextDeadline(): Instant | undefined {
    const [retry, renew] = [this.#keeper.nextDeadline(), this.#renewAt];
    return retry === undefined || (renew !== undefined && renew < retry) ? renew : retry;
  }

  /** Renews what is there, and tries again what was refused, if it is time. */
  checkIfDue(now: Instant): void {
    this.#keeper.checkIfDue(now);
    if (this.#renewAt === undefined || this.#renewAt > now) return;
    this.#renewAt = this.#placed.length > 0 ? this.#nextRenewal() : undefined;
    for (const address of this.#placed)
      if (this.#network.find(address.linkIndex, address) !== undefined) this.#links.putAddress(this.#leased(address));
  }

  /** Puts back what is missing, as just observed. */
  check(): void {
    this.#keeper.check();
    if (this.#placed.length > 0) this.#renewAt ??= this.#nextRenewal();
  }

  #wanted(model: VirtualAddressModel): Wanted<WishedAddress> {
    const { interface: link, untracked = false, excluded: _, ...address } = model;
    const find = () => {
      const linkIndex = this.#network.linkNamed(link)?.index;
      return linkIndex === undefined ? undefined : { ...address, linkIndex };
    };
    return { key: JSON.stringify(model), text: `${formatInterfaceAddress(address)} on ${link}`, untracked, find };
  }

  #put(address: WishedAddress): void {
    this.#links.putAddress(this.#leased(address));
    this.#network.noteOwn(address);
    this.#placed.push(address);
  }

  #remove(address: WishedAddress): void {
    this.#placed = this.#placed.filter((one) => !isSame(one, address));
    this.#links.removeAddress(address);
  }

  #leased(address: WishedAddress): WishedAddress {
    return this.#lease === undefined ? address : { ...address, validFor: this.#lease };
  }

  #nextRenewal(): Instant | undefined {
    return this.#lease === undefined ? undefined : after(this.#now(), milliseconds(this.#lease / 3));
  }
}

const owner = " static";

type Place = Pick<WishedAddress, "linkIndex" | "address" | "prefixLength">;

function isSame(a: Place, b: Place): boolean {
  return a.linkIndex === b.linkIndex && a.address === b.address && a.prefixLength === b.prefixLength;
}

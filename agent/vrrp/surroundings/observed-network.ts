// The links and addresses as the kernel last told of them. Kept by its notifications, and read anew when it says that some were lost.

import type { InterfaceAddress, IpAddress } from "../../base/address.ts";
import type { Link, LinkAddress, LinkChange, LinksPort, WishedAddress } from "../../kernel/links.ts";

/** What is observed of this director's interfaces. */
export class ObservedNetwork {
  readonly #port: LinksPort;
  readonly #links = new Map<number, Link>();
  readonly #indexes = new Map<string, number>();
  /** By link index, then by address: one address may lie there with several prefix lengths. */
  readonly #addresses = new Map<number, Map<IpAddress, LinkAddress[]>>();

  constructor(port: LinksPort) {
    this.#port = port;
  }

  /** Reads everything anew. Throws an OperationError when the kernel refuses; what was known then stays. */
  observe(): void {
    const links = this.#port.links();
    const addresses = this.#port.addresses();
    this.#links.clear();
    this.#indexes.clear();
    this.#addresses.clear();
    for (const link of links) this.#putLink(link);
    for (const address of addresses) this.#put(address);
  }

  /** Takes a notification in; after an overrun the caller observes. */
  note(change: LinkChange): void {
    switch (change.kind) {
      case "link":
        this.#putLink(change.link);
        return;
      case "link-removed":
        this.#forgetName(change.index);
        this.#links.delete(change.index);
        this.#addresses.delete(change.index);
        return;
      case "address":
        this.#put(change.address);
        return;
      case "address-removed":
        this.#remove(change);
        return;
      case "overrun":
        return;
    }
  }

  /** Takes in that an address has just been put by us: its notification may come late. */
  noteOwn(wished: WishedAddress): void {
    if (this.find(wished.linkIndex, wished) === undefined)
      this.#put({ ...wished, secondary: true, tentative: false, duplicate: false });
  }

  /** The link that a change is about, as it was until then; undefined for a new one, and for other changes. */
  linkBefore(change: LinkChange): Link | undefined {
    if (change.kind === "link") return this.#links.get(change.link.index);
    return change.kind === "link-removed" ? this.#links.get(change.index) : undefined;
  }

  link(index: number): Link | undefined {
    return this.#links.get(index);
  }

  links(): Iterable<Link> {
    return this.#links.values();
  }

  linkNamed(name: string): Link | undefined {
    const index = this.#indexes.get(name);
    return index === undefined ? undefined : this.#links.get(index);
  }

  addressesOf(linkIndex: number): readonly LinkAddress[] {
    return [...(this.#addresses.get(linkIndex)?.values() ?? [])].flat();
  }

  /** The address as it is on the link; undefined when it is not there. */
  find(linkIndex: number, wanted: InterfaceAddress): LinkAddress | undefined {
    return this.everyForm(linkIndex, wanted.address).find(({ prefixLength }) => prefixLength === wanted.prefixLength);
  }

  /** The address as it is on the link, with whatever prefix lengths. */
  everyForm(linkIndex: number, address: IpAddress): readonly LinkAddress[] {
    return this.#addresses.get(linkIndex)?.get(address) ?? [];
  }

  #putLink(link: Link): void {
    this.#forgetName(link.index);
    this.#links.set(link.index, link);
    this.#indexes.set(link.name, link.index);
  }

  /** A name that another link has by now stays with that one. */
  #forgetName(index: number): void {
    const name = this.#links.get(index)?.name;
    if (name !== undefined && this.#indexes.get(name) === index) this.#indexes.delete(name);
  }

  #put(address: LinkAddress): void {
    const ofLink = this.#addresses.get(address.linkIndex) ?? new Map<IpAddress, LinkAddress[]>();
    const others = (ofLink.get(address.address) ?? []).filter((one) => one.prefixLength !== address.prefixLength);
    this.#addresses.set(address.linkIndex, ofLink.set(address.address, [...others, address]));
  }

  #remove({ linkIndex, address, prefixLength }: Omit<WishedAddress, "validFor">): void {
    const ofLink = this.#addresses.get(linkIndex);
    const others = (ofLink?.get(address) ?? []).filter((one) => one.prefixLength !== prefixLength);
    if (others.length > 0) ofLink?.set(address, others);
    else ofLink?.delete(address);
  }
}

/** Whether nothing that matters to us differs between two tellings of a link. */
export function isSameLink(a: Link | undefined, b: Link | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.name === b.name && a.up === b.up && a.running === b.running && hardware(a) === hardware(b);
}

function hardware({ hardwareAddress }: Link): string {
  return hardwareAddress.toHex();
}

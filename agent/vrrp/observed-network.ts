// The links and addresses as the kernel last told of them. Kept by its notifications, and read anew when it says that some were lost.

import type { IpAddress } from "../base/address.ts";
import type { Link, LinkAddress, LinkChange, LinksPort, WishedAddress } from "../kernel/links.ts";

/** What is observed of this director's interfaces. */
export class ObservedNetwork {
  readonly #port: LinksPort;
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<number, Map<string, LinkAddress>>();

  constructor(port: LinksPort) {
    this.#port = port;
  }

  /** Reads everything anew. Throws an OperationError when the kernel refuses; what was known then stays. */
  observe(): void {
    const links = this.#port.links();
    const addresses = this.#port.addresses();
    this.#links.clear();
    this.#addresses.clear();
    for (const link of links) this.#links.set(link.index, link);
    for (const address of addresses) this.#put(address);
  }

  /** Takes a notification in; after an overrun the caller observes. */
  note(change: LinkChange): void {
    switch (change.kind) {
      case "link":
        this.#links.set(change.link.index, change.link);
        return;
      case "link-removed":
        this.#links.delete(change.index);
        this.#addresses.delete(change.index);
        return;
      case "address":
        this.#put(change.address);
        return;
      case "address-removed":
        this.#addresses.get(change.linkIndex)?.delete(keyOf(change));
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

  link(index: number): Link | undefined {
    return this.#links.get(index);
  }

  linkNamed(name: string): Link | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  addressesOf(linkIndex: number): readonly LinkAddress[] {
    return [...(this.#addresses.get(linkIndex)?.values() ?? [])];
  }

  /** The address as it is on the link; undefined when it is not there. */
  find(linkIndex: number, wanted: { address: IpAddress; prefixLength: number }): LinkAddress | undefined {
    return this.#addresses.get(linkIndex)?.get(keyOf(wanted));
  }

  #put(address: LinkAddress): void {
    const ofLink = this.#addresses.get(address.linkIndex) ?? new Map<string, LinkAddress>();
    this.#addresses.set(address.linkIndex, ofLink.set(keyOf(address), address));
  }
}

function keyOf({ address, prefixLength }: { readonly address: IpAddress; readonly prefixLength: number }): string {
  return `${address}/${prefixLength}`;
}

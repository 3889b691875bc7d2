// The interfaces and addresses of one director in memory. What it believes about the kernel is stated, and held against a real kernel, in
// test/contract/links.ts: lifetimes that end, secondary addresses that go with their primary, IPv6 addresses that go with their interface.
// Changes reach watchers through the clock, after the call that made them, as they do from a real kernel.

import { addressBytes, type Family, familyOf, formatInterfaceAddress, type IpAddress } from "../../base/address.ts";
import { after, elapsed, type Instant, milliseconds } from "../../base/duration.ts";
import { OperationError } from "../../base/errors.ts";
import type { Link, LinkAddress, LinkChange, LinksPort, VirtualLink, WishedAddress } from "../links.ts";
import type { VirtualClock } from "./clock.ts";

/** A link as a test describes it: the rest is that of an Ethernet interface that is up and has a carrier. */
export type LinkDescription = Pick<Link, "index" | "name"> & Partial<Link>;

/** What can be refused by `refuse`. */
export type LinksCall = "list links" | "list addresses" | "put address" | "remove address" | "make link";

interface Held {
  readonly linkIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly secondary: boolean;
  readonly peer?: IpAddress;
  expires: Instant | undefined;
  duplicate: boolean;
  forget: () => void;
}

/** The links of one network namespace in memory. */
export class MemoryLinks implements LinksPort {
  /** The errno with which a call is refused; undefined lets it pass. May be set while it runs. */
  refuse: (call: LinksCall, wished?: Omit<WishedAddress, "validFor">) => string | undefined = () => undefined;
  /** The sysctl of that name: a removed primary address hands its place to its first secondary instead of taking all along. */
  promoteSecondaries = false;
  readonly #clock: VirtualClock;
  readonly #links = new Map<number, Link>();
  #held: Held[] = [];
  /** The kernel does not give an index of a removed link to the next one. */
  #highestIndex = 0;
  readonly #watchers = new Set<(change: LinkChange) => void>();

  constructor(clock: VirtualClock, links: readonly LinkDescription[] = []) {
    this.#clock = clock;
    for (const link of links) this.#links.set(link.index, whole(link));
  }

  links(): readonly Link[] {
    this.#ask("list links", undefined);
    return [...this.#links.values()];
  }

  addresses(): readonly LinkAddress[] {
    this.#ask("list addresses", undefined);
    return this.#held.map((held) => this.#report(held)).sort(asListed);
  }

  putAddress(wished: WishedAddress): void {
    this.#ask("put address", wished);
    if (!this.#links.has(wished.linkIndex)) throw refusal("put address", wished, "ENODEV");
    const held = this.#find(wished) ?? this.#add(wished);
    this.#renew(held, wished);
    this.#tell({ kind: "address", address: this.#report(held) });
  }

  removeAddress(wished: Omit<WishedAddress, "validFor">): void {
    this.#ask("remove address", wished);
    const held = this.#find(wished);
    if (held !== undefined) this.#remove(held);
  }

  watch(onChange: (change: LinkChange) => void): { close(): void } {
    this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  close(): void {
    this.#watchers.clear();
  }

  /** Adds an interface, or changes one: `setLink(2, { running: false })` pulls the cable. */
  setLink(index: number, change: Partial<Omit<Link, "index">>): void {
    const was = this.#links.get(index);
    const link = was === undefined ? whole({ index, name: `eth${index}`, ...change }) : { ...was, ...change };
    const now = link.up ? link : { ...link, running: false };
    this.#links.set(index, now);
    this.#tell({ kind: "link", link: now });
    if (was?.up && !now.up) this.#removeAll(index, "ipv6");
  }

  makeLink({ kind, name, parentIndex, hardwareAddress, alias }: VirtualLink): number {
    this.#ask("make link", undefined);
    const parent = this.#links.get(parentIndex);
    const isKnown = [...this.#links.values()].some((link) => link.name === name);
    const code = parent === undefined ? "ENODEV" : isKnown ? "EEXIST" : undefined;
    if (code !== undefined) throw new OperationError({ operation: "make link", object: name, cause: { code } });
    const index = Math.max(this.#highestIndex, ...this.#links.keys()) + 1;
    this.#highestIndex = index;
    const address = hardwareAddress ?? parent?.hardwareAddress ?? new Uint8Array(6);
    this.setLink(index, { name, hardwareAddress: address, virtual: { kind, parentIndex }, alias });
    return index;
  }

  /** Removes the interface with everything on it. */
  removeLink(index: number): void {
    for (const { index: above, virtual } of [...this.#links.values()])
      if (virtual?.parentIndex === index) this.removeLink(above);
    this.#removeAll(index);
    if (this.#links.delete(index)) this.#tell({ kind: "link-removed", index });
  }

  /** Somebody else removes an address: `ip address del` by hand. */
  disturb(wished: Omit<WishedAddress, "validFor">): void {
    const held = this.#find(wished);
    if (held === undefined) throw refusal("remove address", wished, "EADDRNOTAVAIL");
    this.#remove(held);
  }

  /** Duplicate address detection finds that somebody else has the IPv6 address. */
  failDetection(wished: Omit<WishedAddress, "validFor">): void {
    const held = this.#find(wished);
    if (held === undefined) throw refusal("remove address", wished, "EADDRNOTAVAIL");
    held.duplicate = true;
    this.#tell({ kind: "address", address: this.#report(held) });
  }

  /** The kernel had more changes than fitted. */
  overrun(): void {
    this.#tell({ kind: "overrun" });
  }

  /** The link with that index; undefined when there is none. Never refused. */
  link(index: number): Link | undefined {
    return this.#links.get(index);
  }

  /** Whether the address is on one of the links, or on that link. Never refused. */
  has(address: IpAddress, linkIndex?: number): boolean {
    return this.#held.some((held) => held.address === address && (linkIndex ?? held.linkIndex) === held.linkIndex);
  }

  #ask(call: LinksCall, wished: Omit<WishedAddress, "validFor"> | undefined): void {
    const code = this.refuse(call, wished);
    if (code !== undefined) throw refusal(call, wished, code);
  }

  /** IPv6 has one address of a kind on a link, whatever the prefix length with which it was first put; IPv4 tells them apart by it. */
  #find(wanted: Omit<WishedAddress, "validFor">): Held | undefined {
    return this.#held.find(
      (held) =>
        held.linkIndex === wanted.linkIndex &&
        held.address === wanted.address &&
        (held.prefixLength === wanted.prefixLength || familyOf(held.address) === "ipv6"),
    );
  }

  #add({ linkIndex, address, prefixLength, peer }: WishedAddress): Held {
    const secondary = this.#held.some(
      (other) => !other.secondary && isSameNetwork(other, { linkIndex, address, prefixLength }),
    );
    const held: Held = {
      linkIndex,
      address,
      prefixLength,
      secondary,
      expires: undefined,
      duplicate: false,
      forget: () => {},
      ...(peer !== undefined && { peer }),
    };
    this.#held.push(held);
    return held;
  }

  /** The kernel counts lifetimes in whole seconds; what is shorter is made longer. */
  #renew(held: Held, { validFor }: WishedAddress): void {
    held.forget();
    held.expires =
      validFor === undefined ? undefined : after(this.#clock.now(), milliseconds(Math.ceil(validFor / 1000) * 1000));
    held.forget = held.expires === undefined ? () => {} : this.#clock.at(held.expires, () => this.#remove(held));
  }

  #remove(held: Held): void {
    if (!this.#held.includes(held)) return;
    held.forget();
    this.#held = this.#held.filter((other) => other !== held);
    const { linkIndex, address, prefixLength } = held;
    this.#tell({ kind: "address-removed", linkIndex, address, prefixLength });
    if (!held.secondary && familyOf(held.address) === "ipv4") this.#inherit(held);
  }

  #inherit(primary: Held): void {
    const [first, ...rest] = this.#held.filter((held) => held.secondary && isSameNetwork(held, primary));
    if (first === undefined) return;
    if (!this.promoteSecondaries) {
      for (const held of [first, ...rest]) this.#remove(held);
      return;
    }
    const promoted: Held = { ...first, secondary: false };
    first.forget();
    promoted.forget =
      promoted.expires === undefined ? () => {} : this.#clock.at(promoted.expires, () => this.#remove(promoted));
    this.#held = this.#held.map((held) => (held === first ? promoted : held));
    this.#tell({ kind: "address", address: this.#report(promoted) });
  }

  #removeAll(linkIndex: number, family?: Family): void {
    const going = this.#held.filter(
      (held) => held.linkIndex === linkIndex && (family ?? familyOf(held.address)) === familyOf(held.address),
    );
    for (const held of going) this.#remove(held);
  }

  #report({ linkIndex, address, prefixLength, secondary, peer, expires, duplicate }: Held): LinkAddress {
    const facts = { linkIndex, address, prefixLength, secondary, tentative: false, duplicate };
    return {
      ...facts,
      ...(expires !== undefined && { validFor: elapsed(this.#clock.now(), expires) }),
      ...(peer !== undefined && { peer }),
    };
  }

  #tell(change: LinkChange): void {
    for (const watcher of this.#watchers) {
      this.#clock.at(this.#clock.now(), () => {
        if (this.#watchers.has(watcher)) watcher(change);
      });
    }
  }
}

function whole(link: LinkDescription): Link {
  const hardwareAddress = new Uint8Array([0x02, 0, 0, 0, link.index >> 8, link.index & 0xff]);
  return { up: true, running: true, mtu: 1500, hardwareAddress, ...link };
}

function refusal(operation: string, wished: Omit<WishedAddress, "validFor"> | undefined, code: string): OperationError {
  const object = wished === undefined ? "links" : `${formatInterfaceAddress(wished)} on link ${wished.linkIndex}`;
  return new OperationError({ operation, object, cause: { code } });
}

/** IPv4 addresses of one network on one link, by the kernel's rule: same prefix length, same prefix (inet_insert_ifa). */
function isSameNetwork(a: Omit<WishedAddress, "validFor">, b: Omit<WishedAddress, "validFor">): boolean {
  if (a.linkIndex !== b.linkIndex || a.prefixLength !== b.prefixLength) return false;
  if (familyOf(a.address) !== "ipv4" || familyOf(b.address) !== "ipv4") return false;
  return prefix(a) === prefix(b);
}

/** The kernel lists IPv4 before IPv6, and primary addresses before secondary ones. */
function asListed(a: LinkAddress, b: LinkAddress): number {
  const place = (held: LinkAddress) => (familyOf(held.address) === "ipv6" ? 2 : Number(held.secondary));
  return place(a) - place(b);
}

function prefix({ address, prefixLength }: Omit<WishedAddress, "validFor">): number {
  const [a = 0, b = 0, c = 0, d = 0] = addressBytes(address);
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return prefixLength === 0 ? 0 : number >>> (32 - prefixLength);
}

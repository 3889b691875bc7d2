// The port to the kernel's network interfaces and their addresses (route netlink). One process writes addresses through it.

import type { InterfaceAddress, IpAddress } from "../base/address.ts";
import type { Milliseconds } from "../base/duration.ts";

/** A network interface as the kernel has it. `running`: up and with a carrier (IFF_UP and IFF_RUNNING). */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly running: boolean;
  readonly mtu: number;
  /** The hardware address, 6 bytes for Ethernet. */
  readonly hardwareAddress: Uint8Array;
  /** Of a link that this agent has made, or could have made: what it is, and the link below it. */
  readonly virtual?: { readonly kind: VirtualLink["kind"]; readonly parentIndex: number };
  /** What people have written about it (`ip link set … alias`). */
  readonly alias?: string;
}

/** A link to be made on another one: with a hardware address of its own (macvlan, mode private), or with that of the link below (ipvlan, mode L2). */
export interface VirtualLink {
  readonly kind: "macvlan" | "ipvlan";
  readonly name: string;
  readonly parentIndex: number;
  /** Of a macvlan. */
  readonly hardwareAddress?: Uint8Array;
  /** Of an ipvlan: whether the links on one parent reach each other. */
  readonly isolation?: "bridge" | "private" | "vepa";
  /** By which the next process knows it. */
  readonly alias: string;
}

/** What else an address has, each as the kernel chooses by itself unless given (`ip address`, ip-address(8)). */
export interface AddressOptions {
  readonly broadcast?: IpAddress;
  /** RT_SCOPE_*: 0 global, 200 site, 253 link, 254 host. */
  readonly scope?: number;
  /** A name of an IPv4 address, like "eth0:1" (IFA_LABEL). */
  readonly label?: string;
  /** The other end of a point-to-point link; the prefix length is then the other end's. */
  readonly peer?: IpAddress;
  /** Never chosen as a source by itself: its preferred lifetime is 0. */
  readonly deprecated?: boolean;
  readonly flags?: readonly AddressFlag[];
}

/** IFA_F_HOMEADDRESS, IFA_F_MANAGETEMPADDR, IFA_F_NOPREFIXROUTE, IFA_F_MCAUTOJOIN, by the words of `ip address`. */
export type AddressFlag = "home" | "mngtmpaddr" | "noprefixroute" | "autojoin";

/** An address on an interface as the kernel has it. `validFor` is what is left of its lifetime; undefined means for ever. */
export interface LinkAddress extends InterfaceAddress {
  readonly linkIndex: number;
  readonly validFor?: Milliseconds;
  /** A secondary address of its network (IFA_F_SECONDARY): never the primary one that VRRP sends from. */
  readonly secondary: boolean;
  /** IPv6: duplicate address detection is still running, or has found a duplicate. */
  readonly tentative: boolean;
  readonly duplicate: boolean;
  /** The other end of a point-to-point link. */
  readonly peer?: IpAddress;
}

/** An address that shall be on an interface. `validFor`: the kernel removes it by itself after that long unless it is put again. */
export interface WishedAddress extends InterfaceAddress, AddressOptions {
  readonly linkIndex: number;
  readonly validFor?: Milliseconds;
}

/** What changed. `overrun`: the kernel had more to say than fitted, so observe everything again. */
export type LinkChange =
  | { readonly kind: "link"; readonly link: Link }
  | { readonly kind: "link-removed"; readonly index: number }
  | { readonly kind: "address"; readonly address: LinkAddress }
  | {
      readonly kind: "address-removed";
      readonly linkIndex: number;
      readonly address: IpAddress;
      readonly prefixLength: number;
    }
  | { readonly kind: "overrun" };

/** The interfaces and addresses of one network namespace. Functions throw an OperationError when the kernel refuses. */
export interface LinksPort {
  links(): readonly Link[];
  /** The link of this index as it is now; undefined when there is none. Its cost does not grow with the number of links. */
  link(index: number): Link | undefined;
  addresses(): readonly LinkAddress[];
  /** Adds the address, or renews its lifetime when it is there. IPv6 addresses are put without duplicate address detection. */
  putAddress(wished: WishedAddress): void;
  /** Removes the address; one that is not there is already removed, and no error. */
  removeAddress(wished: Omit<WishedAddress, "validFor">): void;
  /** Makes a link and sets it up, without IPv6 addresses of its own making. Gives its index. */
  makeLink(wished: VirtualLink): number;
  /** Removes a link with everything on it; one that is not there is already removed, and no error. */
  removeLink(index: number): void;
  /** Calls for every change from now on until closed. The caller observes after it started to watch, so that nothing falls between. */
  watch(onChange: (change: LinkChange) => void): { close(): void };
  close(): void;
}

// The port that listens to ARP, or to neighbour discovery, on one interface: for who else says that an address of ours is his, and for what neighbours answer to us.

import type { Family, IpAddress } from "../base/address.ts";

/** Listens to others' packets that claim certain addresses; nothing else reaches this process. */
export interface NeighbourWatch {
  /**
   * From now on packets about these addresses of the family are heard, and no others: of ARP those that they are sent by, of neighbour discovery advertisements of
   * them and solicitations that come from them or ask whether they are free. A few more may get through than were asked for.
   */
  setSenders(senders: readonly IpAddress[]): void;
  close(): void;
}

/** Where it listens, and what it delivers to. */
export interface NeighbourWatchOptions {
  readonly linkIndex: number;
  readonly family: Family;
  /** A packet of somebody else, in its Ethernet frame. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onTrouble: (reason: string) => void;
}

/** Opens watches, which hear nothing until they are told whom to hear. Throws an OperationError when the kernel refuses (EPERM without CAP_NET_RAW, ENODEV). */
export interface NeighbourWatchPort {
  open(options: NeighbourWatchOptions): NeighbourWatch;
}

/** EtherTypes of ARP (RFC 826) and of IPv6 (RFC 2464, section 3). */
export const etherTypes: Readonly<Record<Family, number>> = { ipv4: 0x0806, ipv6: 0x86dd };

/** Where an ARP packet in an Ethernet frame has its sender's IPv4 address: after 14 bytes of Ethernet, 8 of ARP's head and 6 of hardware address. */
export const arpSenderOffset = 28;

/** Where the parts of neighbour discovery stand in an Ethernet frame without extension headers (RFC 8200, section 3; RFC 4861, sections 4.3 and 4.4). */
export const discoveryOffsets = { nextHeader: 20, hopLimit: 21, source: 22, type: 54, target: 62 } as const;

/** ICMPv6, and its solicitation and advertisement of neighbours. */
export const discovery = { protocol: 58, solicitation: 135, advertisement: 136 } as const;

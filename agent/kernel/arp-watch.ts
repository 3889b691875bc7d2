// The port that listens to ARP on one interface: for who else answers for an address of ours, and for what neighbours answer to us.

import type { IpAddress } from "../base/address.ts";

/** Listens to others' ARP packets with certain senders; nothing else reaches this process. */
export interface ArpWatch {
  /** From now on packets with one of these IPv4 addresses as sender are heard, and no others. */
  setSenders(senders: readonly IpAddress[]): void;
  close(): void;
}

/** Where it listens, and what it delivers to. */
export interface ArpWatchOptions {
  readonly linkIndex: number;
  /** An ARP packet of somebody else, in its Ethernet frame. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onTrouble: (reason: string) => void;
}

/** Opens watches, which hear nothing until they are told whom to hear. Throws an OperationError when the kernel refuses (EPERM without CAP_NET_RAW, ENODEV). */
export interface ArpWatchPort {
  open(options: ArpWatchOptions): ArpWatch;
}

/** EtherType of ARP (RFC 826). */
export const arpEtherType = 0x0806;

/** Where an ARP packet in an Ethernet frame has its sender's IPv4 address: after 14 bytes of Ethernet, 8 of ARP's head and 6 of hardware address. */
export const arpSenderOffset = 28;

// The port to VRRP's own sockets: IP protocol 112 on one interface. It carries datagrams; what they mean is the core's matter.

import type { Family, IpAddress } from "../base/address.ts";
import type { Instant } from "../base/duration.ts";

/** The IP protocol number of VRRP (RFC 9568, section 5.1.1.4). */
export const vrrpProtocol = 112;

/** The IP protocol number of the authentication header (RFC 2402, section 2), in which version 2 may travel. */
export const authenticationHeaderProtocol = 51;

/** The multicast groups of VRRP (RFC 9568, sections 5.1.1.2 and 5.1.2.2). */
export const vrrpGroups: Readonly<Record<Family, string>> = { ipv4: "224.0.0.18", ipv6: "ff02::12" };

/** A VRRP datagram as received: the IP header's facts and the VRRP packet behind it. */
export interface ReceivedDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Time to live or hop limit: 255 unless it crossed a router. */
  readonly timeToLive: number;
  readonly payload: Uint8Array;
  /** The IPv4 header as it came; only of protocol "ah", where it is authenticated with the rest. */
  readonly header?: Uint8Array;
  readonly receivedAt: Instant;
}

/** A VRRP packet to send with type of service 0xc0. Of protocol "ah" the payload is the whole IPv4 packet with its header. */
export interface OutgoingDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly payload: Uint8Array;
  /** Time to live or hop limit; 255 unless given. */
  readonly timeToLive?: number;
}

/** The sockets of one interface and family, shared by all virtual routers on it. Own packets are not looped back. */
export interface VrrpSocket {
  /**
   * Sends in order, in one call of the kernel. Gives how many have left, one at least; whoever sends the others hears why they have not. Throws
   * an OperationError when it refuses the first.
   */
  send(datagrams: readonly OutgoingDatagram[]): number;
  /** Does all that `send` does, but nothing leaves: so that the next send finds its code and the kernel's ready. Never throws. */
  rehearse?(datagrams: readonly OutgoingDatagram[]): void;
  /** Sends at a time, whatever the process does then; absent where the kernel is only played. */
  readonly departure?: Departure;
  close(): void;
}

/** Datagrams of one socket that leave at a time without further ado, unless they are taken back before. */
export interface Departure {
  /**
   * Lets these leave at `at`, instead of those before. Once it is later than `latest`, or when the machine has been suspended meanwhile,
   * they stay. One that is refused, and those behind it, stay, too. `unlessUnread`: all stay when something has come to this socket by then that its
   * owner has not heard of.
   */
  set(datagrams: readonly OutgoingDatagram[], at: Instant, latest: Instant, unlessUnread?: boolean): void;
  /** None will leave any more. What has left since they were set; undefined when nothing has. */
  takeBack(): Departed | undefined;
}

/** How many datagrams have left, the first ones, and when. */
export interface Departed {
  readonly at: Instant;
  readonly count: number;
}

/** Where the sockets are opened and what they deliver to. */
export interface VrrpSocketOptions {
  readonly family: Family;
  /** The link that it is bound to; 0 and an empty name for none. */
  readonly linkIndex: number;
  readonly linkName: string;
  /** The group to hear; undefined for unicast: then it hears only what is sent to the host's own addresses. */
  readonly group: IpAddress | undefined;
  /**
   * The link below, when this one is a virtual router's own and has no address to send from: a source may be any address, and the group is joined there, too, so that
   * switches bring it.
   */
  readonly parentIndex?: number;
  /** "ah": packets of IP protocol 51 (IPv4 only), with their headers. */
  readonly protocol?: "vrrp" | "ah";
  readonly onDatagram: (datagram: ReceivedDatagram) => void;
  /** Receiving failed or datagrams were dropped before they were read. The socket stays usable unless it says closed. */
  readonly onTrouble: (reason: string) => void;
}

/** Opens VRRP sockets. Throws an OperationError when the kernel refuses (EPERM without CAP_NET_RAW, ENODEV for a missing interface). */
export interface VrrpSocketPort {
  open(options: VrrpSocketOptions): VrrpSocket;
}

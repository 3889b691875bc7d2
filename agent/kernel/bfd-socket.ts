// The port to the sockets of BFD: UDP datagrams that are received with what their IP header said, and sent from one port to one neighbour.

import type { Family, IpAddress } from "../base/address.ts";
import type { Instant } from "../base/duration.ts";

/** Where control packets go: one hop (RFC 5881, section 4), several (RFC 5883, section 5). */
export const bfdPorts = { singleHop: 3784, multihop: 4784 } as const;

/** Where they come from (RFC 5881, section 4). */
export const bfdSourcePorts = { from: 49152, to: 65535 } as const;

/** A datagram as received. */
export interface BfdDatagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Time to live or hop limit. */
  readonly timeToLive: number;
  readonly payload: Uint8Array;
  readonly receivedAt: Instant;
}

/** What is listened to, and who hears. `onTrouble`: receiving failed, or datagrams were dropped before they were read. */
export interface BfdListenOptions {
  readonly family: Family;
  readonly port: number;
  readonly onDatagram: (datagram: BfdDatagram) => void;
  readonly onTrouble: (reason: string) => void;
}

/** Where datagrams of one session come from and go to. The kernel chooses the source where there is none. */
export interface BfdSendOptions {
  readonly source: IpAddress | undefined;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly port: number;
  readonly timeToLive: number;
}

/** Sends the datagrams of one session. */
export interface BfdSender {
  /** Throws an error with a code (ENETUNREACH, ENOBUFS) when the kernel refuses. */
  send(payload: Uint8Array): void;
  close(): void;
}

/** The sockets. What the kernel refuses throws an error with a code (EADDRINUSE, EADDRNOTAVAIL). */
export interface BfdSocketPort {
  listen(options: BfdListenOptions): { close(): void };
  open(options: BfdSendOptions): BfdSender;
}

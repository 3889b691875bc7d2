// The port to the way that packets of clients take from the director to a real server.

import type { IpAddress } from "../base/address.ts";
import type { UntouchedForwarding } from "./ipvs.ts";

/** A real server, and the virtual address that it should answer for. */
export interface PathTarget {
  readonly realServer: IpAddress;
  readonly virtualAddress: IpAddress;
  /** To its hardware address, or in a tunnel. */
  readonly forwarding: UntouchedForwarding;
  /** Where packets come from; the address from which the real server is reached unless given. */
  readonly source: IpAddress | undefined;
}

/** A way to one real server, with an address and a port of TCP of ours that answers come to. */
export interface ForwardingPath {
  readonly source: IpAddress;
  readonly port: number;
  /** Sends a whole packet, from its IP header on. False: the hardware address is not known yet, and is being asked for. Throws an error with a `code`: EOPNOTSUPP where the kernel
   * cannot be asked for one. */
  send(packet: Uint8Array): boolean;
  /** Idempotent; no packet is handed over after it. */
  close(): void;
}

/** All ways. */
export interface ForwardingPaths {
  /** `onPacket`: every packet that comes to the port, whoever it is for. Throws an error with a `code`: ENETUNREACH, EHOSTUNREACH where a real server with direct
   * routing is behind a router, EADDRNOTAVAIL, EPERM without CAP_NET_RAW. */
  open(target: PathTarget, onPacket: (packet: Uint8Array) => void): ForwardingPath;
}

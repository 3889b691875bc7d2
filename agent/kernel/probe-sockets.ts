// Sockets that probes are made with: streams that are being connected, and datagrams to one target. What the runtime cannot say of a socket is said
// here: the mark and the interface of its packets, its source port, and the true reason of a failure.

import type { IpAddress } from "../base/address.ts";

/** Where packets of a probe come from; the kernel's choice in all that is absent. */
export interface PacketSource {
  readonly address?: IpAddress | undefined;
  readonly port?: number | undefined;
  readonly interface?: string | undefined;
  /** SO_MARK, which routes and packet filters see. */
  readonly mark?: number | undefined;
}

/** Where a probe goes. */
export interface ProbeTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly source: PacketSource;
}

/** What came of connecting: a connected descriptor, or the name of an errno. */
export type Connected = { readonly descriptor: number } | { readonly code: string };

/** A datagram socket that is connected to one target. */
export interface DatagramSocket {
  /** Throws an error with a `code`. */
  send(data: Uint8Array): void;
  /** Its port; of an echo socket the identifier of its requests. */
  readonly localPort: number;
  /** Idempotent; nothing is called back after it. */
  close(): void;
}

/** What a datagram socket tells. `onFailure` is given the name of an errno, ECONNREFUSED where the port is closed. */
export interface DatagramListener {
  readonly onData: (data: Uint8Array) => void;
  readonly onFailure: (code: string) => void;
}

/** The sockets of probes. */
export interface ProbeSockets {
  /**
   * Connects a stream. `keep`: its descriptor is handed over, and whoever is given it closes it; otherwise it is closed when it is connected.
   * Either way closing resets the connection. `onDone` is called once, never within this call, unless the returned function, which cancels, is called before.
   */
  connect(target: ProbeTarget, keep: boolean, onDone: (connected: Connected) => void): () => void;
  /** A UDP socket. Throws an error with a `code`. */
  datagrams(target: ProbeTarget, listener: DatagramListener): DatagramSocket;
  /** A socket for ICMP echo requests; what it sends and receives are whole ICMP messages, all those of the target's replies among them. Throws an error with a `code`. */
  echoes(target: ProbeTarget, listener: DatagramListener): DatagramSocket;
}

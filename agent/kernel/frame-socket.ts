// The port for link-layer frames: gratuitous ARP and unsolicited neighbour advertisements leave through it.

/** Sends whole Ethernet frames on one interface. */
export interface FrameSocket {
  /** Sends all, in order, in one call where the kernel can. Throws an OperationError when it refuses (ENETDOWN, ENXIO). */
  send(frames: readonly Uint8Array[]): void;
  close(): void;
}

/** Opens frame sockets. Throws an OperationError when the kernel refuses (EPERM without CAP_NET_RAW). */
export interface FrameSocketPort {
  open(linkIndex: number): FrameSocket;
}

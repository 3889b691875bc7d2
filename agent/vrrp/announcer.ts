// Tells the segments where virtual addresses live: gratuitous ARP for IPv4, unsolicited neighbour advertisements for IPv6.

import { familyOf, type IpAddress } from "../base/address.ts";
import type { VirtualAddressModel } from "../config/model.ts";
import type { FrameSocket, FrameSocketPort } from "../kernel/frame-socket.ts";
import type { Link } from "../kernel/links.ts";
import { causeOf } from "./cause.ts";
import { gratuitousArp } from "./core/gratuitous-arp.ts";
import { neighbourAdvertisement } from "./core/neighbour-advertisement.ts";

/** Sends announcements through one frame socket for each link. */
export class Announcer {
  readonly #port: FrameSocketPort;
  readonly #sockets = new Map<number, FrameSocket>();
  /** The frames of each link as last written, by virtual address, with the hardware address that they tell. */
  readonly #frames = new Map<number, { readonly hardware: string; readonly ofAddress: Map<IpAddress, Uint8Array> }>();
  /** The hardware address that was last announced on a link. */
  readonly #announced = new Map<number, string>();

  constructor(port: FrameSocketPort) {
    this.#port = port;
  }

  /** Sends `repeat` rounds of one frame for each address, all of them on this link. The cause when it is refused, else the number of frames. */
  announce(
    link: Link,
    addresses: readonly VirtualAddressModel[],
    repeat: number,
  ): { readonly sent: number } | { readonly cause: string } {
    const round = addresses.map(({ address }) => this.#frameFor(link, address));
    const frames = Array.from({ length: repeat }, () => round).flat();
    try {
      this.#socket(link.index).send(frames);
      this.#announced.set(link.index, link.hardwareAddress.toHex());
      return { sent: frames.length };
    } catch (thrown) {
      this.forget(link.index);
      return { cause: causeOf(thrown) };
    }
  }

  /** Opens the socket and writes the frame, so that announcing the address is only sending. What is refused will be refused again then. */
  prepare(link: Link, { address }: VirtualAddressModel): void {
    this.#frameFor(link, address);
    try {
      this.#socket(link.index);
    } catch {
      this.forget(link.index);
    }
  }

  /** Whether hosts were last told another hardware address than the link has now. */
  isOutdated({ index, hardwareAddress }: Link): boolean {
    const announced = this.#announced.get(index);
    return announced !== undefined && announced !== hardwareAddress.toHex();
  }

  /** Closes the socket of a link, as when it has gone. */
  forget(linkIndex: number): void {
    this.#sockets.get(linkIndex)?.close();
    this.#sockets.delete(linkIndex);
    this.#frames.delete(linkIndex);
  }

  /** Closes the sockets of all other links: some may have gone unnoticed. */
  keepOnly(isThere: (linkIndex: number) => boolean): void {
    for (const linkIndex of new Set([...this.#announced.keys(), ...this.#sockets.keys()])) {
      if (isThere(linkIndex)) continue;
      this.forget(linkIndex);
      this.#announced.delete(linkIndex);
    }
  }

  close(): void {
    for (const linkIndex of [...this.#sockets.keys()]) this.forget(linkIndex);
  }

  #frameFor(link: Link, address: IpAddress): Uint8Array {
    const hardware = link.hardwareAddress.toHex();
    const known = this.#frames.get(link.index);
    const ofLink = known?.hardware === hardware ? known : { hardware, ofAddress: new Map<IpAddress, Uint8Array>() };
    const frame = ofLink.ofAddress.get(address) ?? frameFor(link, address);
    ofLink.ofAddress.set(address, frame);
    this.#frames.set(link.index, ofLink);
    return frame;
  }

  #socket(linkIndex: number): FrameSocket {
    const socket = this.#sockets.get(linkIndex) ?? this.#port.open(linkIndex);
    this.#sockets.set(linkIndex, socket);
    return socket;
  }
}

function frameFor(link: Link, address: VirtualAddressModel["address"]): Uint8Array {
  // A director that balances forwards, and so is a router to its neighbours.
  return familyOf(address) === "ipv4"
    ? gratuitousArp(link.hardwareAddress, address)
    : neighbourAdvertisement(link.hardwareAddress, address, true);
}

// Tells the segments where virtual addresses live: gratuitous ARP for IPv4, unsolicited neighbour advertisements for IPv6.

import { familyOf, type IpAddress } from "../../base/address.ts";
import type { Instant } from "../../base/duration.ts";
import type { GratuitousArpForm } from "../../config/gratuitous-arp-model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { VrrpGeneralModel } from "../../config/vrrp-general-model.ts";
import type { FrameSocket, FrameSocketPort } from "../../kernel/frame-socket.ts";
import type { Link } from "../../kernel/links.ts";
import { causeOf } from "../cause.ts";
import { gratuitousArp } from "../core/packets/gratuitous-arp.ts";
import { neighbourAdvertisement } from "../core/packets/neighbour-discovery.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import { AnnouncementQueues, type Leaving } from "./announcement-queues.ts";

/** What comes of announcements. */
export interface AnnouncerEvents {
  /** So many frames of the instance were sent. */
  readonly onSent: (instance: RunningInstance, count: number) => void;
  readonly onRefused: (instance: RunningInstance, cause: string) => void;
}

/** A frame that waits for its turn. */
interface WaitingFrame extends Leaving {
  readonly instance: RunningInstance;
  readonly link: Link;
  readonly address: VirtualAddressModel;
  readonly frame: Uint8Array;
}

/** Sends announcements through one frame socket for each link, at the configured pace. */
export class Announcer {
  readonly #port: FrameSocketPort;
  readonly #now: () => Instant;
  readonly #events: AnnouncerEvents;
  readonly #queues = new AnnouncementQueues<WaitingFrame>();
  readonly #sockets = new Map<number, FrameSocket>();
  /** The frames of each link as last written, by virtual address and form, with the hardware address that they tell. */
  readonly #frames = new Map<
    number,
    { readonly hardware: string; readonly known: Map<string, readonly Uint8Array[]> }
  >();
  /** The hardware address that was last announced on a link. */
  readonly #announced = new Map<number, string>();

  constructor(port: FrameSocketPort, now: () => Instant, events: AnnouncerEvents) {
    this.#port = port;
    this.#now = now;
    this.#events = events;
  }

  /** Takes in how fast announcements may follow one another. */
  setPaces(general: VrrpGeneralModel): void {
    this.#queues.setPaces(general);
  }

  /** Sends `repeat` rounds of the frames of each address, all of them on this link; where a pace is kept, those that may not leave yet wait. */
  announce(instance: RunningInstance, link: Link, addresses: readonly VirtualAddressModel[], repeat: number): void {
    const { form } = instance.config.gratuitousArp;
    const now: Uint8Array[] = [];
    for (let round = 0; round < repeat; round += 1)
      for (const address of addresses)
        for (const frame of this.#framesFor(link, address.address, form)) {
          const leaving = { linkName: link.name, family: familyOf(address.address) };
          if (!this.#queues.add({ ...leaving, instance, link, address, frame })) now.push(frame);
        }
    if (now.length > 0) this.#send(instance, link, now);
    this.sendDue(this.#now());
  }

  /** Sends nothing more about these addresses of the instance: it does not hold them any longer. */
  withdraw(instance: RunningInstance, addresses: readonly VirtualAddressModel[]): void {
    this.#queues.drop(
      (one) => one.instance === instance && addresses.some(({ address }) => address === one.address.address),
    );
  }

  /** When the next that waits may leave; undefined when nothing does. */
  nextDeadline(): Instant | undefined {
    return this.#queues.nextDeadline();
  }

  /** Sends what may leave now. */
  sendDue(now: Instant): void {
    for (const { instance, link, frame } of this.#queues.take(now)) this.#send(instance, link, [frame]);
  }

  /** Opens the socket and writes the frames, so that announcing the address is only sending. What is refused will be refused again then. */
  prepare(link: Link, { address }: VirtualAddressModel, form: GratuitousArpForm): void {
    this.#framesFor(link, address, form);
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

  /** Sends frames of another kind through the socket of the link, at once. */
  send(link: Link, frames: readonly Uint8Array[]): void {
    try {
      this.#socket(link.index).send(frames);
    } catch {
      // Whoever waits for an answer will wait in vain, and say so.
      this.forget(link.index);
    }
  }

  #send(instance: RunningInstance, link: Link, frames: readonly Uint8Array[]): void {
    try {
      this.#socket(link.index).send(frames);
      this.#announced.set(link.index, link.hardwareAddress.toHex());
      this.#events.onSent(instance, frames.length);
    } catch (thrown) {
      this.forget(link.index);
      this.#events.onRefused(instance, causeOf(thrown));
    }
  }

  #framesFor(link: Link, address: IpAddress, form: GratuitousArpForm): readonly Uint8Array[] {
    const hardware = link.hardwareAddress.toHex();
    const before = this.#frames.get(link.index);
    const ofLink =
      before?.hardware === hardware ? before : { hardware, known: new Map<string, readonly Uint8Array[]>() };
    const key = `${address} ${form}`;
    const frames = ofLink.known.get(key) ?? framesFor(link, address, form);
    ofLink.known.set(key, frames);
    this.#frames.set(link.index, ofLink);
    return frames;
  }

  #socket(linkIndex: number): FrameSocket {
    const socket = this.#sockets.get(linkIndex) ?? this.#port.open(linkIndex);
    this.#sockets.set(linkIndex, socket);
    return socket;
  }
}

function framesFor({ hardwareAddress }: Link, address: IpAddress, form: GratuitousArpForm): readonly Uint8Array[] {
  // A director that balances forwards, and so is a router to its neighbours.
  if (familyOf(address) === "ipv6") return [neighbourAdvertisement(hardwareAddress, address, true)];
  const operations = form === "both" ? (["request", "reply"] as const) : [form];
  return operations.map((operation) => gratuitousArp(hardwareAddress, address, operation));
}

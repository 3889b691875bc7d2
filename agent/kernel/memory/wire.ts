// A virtual Ethernet segment that joins directors. Each attached director gets the VRRP and frame sockets of its interface; what it sends
// reaches the others after a delay, or is lost, as the test wishes. Time is the virtual clock's, chance is the test's seed.

import { addressFromBytes, type Family, familyOf, type IpAddress, ip, isMulticast } from "../../base/address.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import { OperationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { FrameSocket, FrameSocketPort } from "../frame-socket.ts";
import {
  arpSenderOffset,
  discovery,
  discoveryOffsets,
  etherTypes,
  type NeighbourWatch,
  type NeighbourWatchOptions,
  type NeighbourWatchPort,
} from "../neighbour-watch.ts";
import type { OutgoingDatagram, VrrpSocket, VrrpSocketOptions, VrrpSocketPort } from "../vrrp-socket.ts";
import type { VirtualClock } from "./clock.ts";
import { MemoryDeparture } from "./departure.ts";
import type { MemoryLinks } from "./links.ts";

/** How the segment treats what crosses it, from one director to another. */
export interface WireConditions {
  /** How long it takes; may be random. */
  readonly delay: (from: string, to: string) => Milliseconds;
  /** The share that is lost, 0 to 1. */
  readonly loss: (from: string, to: string) => number;
  /** Whether anything gets through at all: false is a partition, and it may be one way only. */
  readonly joined: (from: string, to: string) => boolean;
}

/** Something that was sent, whether it arrived or not. */
export type Traffic =
  | {
      readonly kind: "datagram";
      readonly at: Instant;
      readonly from: string;
      readonly family: Family;
      readonly datagram: OutgoingDatagram;
    }
  | { readonly kind: "frame"; readonly at: Instant; readonly from: string; readonly frame: Uint8Array };

/** A director's place on a segment: its name and which of its interfaces is plugged in. */
export interface StationOptions {
  readonly director: string;
  readonly links: MemoryLinks;
  readonly linkIndex: number;
}

/** The sockets that a director opens on a segment. Sending fails as on Linux when its interface is down or gone. */
export interface Station {
  readonly linkIndex: number;
  readonly vrrpSockets: VrrpSocketPort;
  readonly frameSockets: FrameSocketPort;
  readonly neighbourWatches: NeighbourWatchPort;
}

/** A wire without delay, loss or partition. */
export const idealConditions: WireConditions = { delay: () => milliseconds(0), loss: () => 0, joined: () => true };

/** Conditions under which only directors of the same group hear each other. */
export function partition(groups: readonly (readonly string[])[]): Pick<WireConditions, "joined"> {
  return { joined: (from, to) => groups.some((group) => group.includes(from) && group.includes(to)) };
}

interface OpenWatch {
  readonly station: StationOptions;
  readonly options: NeighbourWatchOptions;
  senders: readonly IpAddress[];
}

interface OpenSocket {
  readonly station: StationOptions;
  readonly options: VrrpSocketOptions;
}

/** One Ethernet segment. */
export class Wire {
  /** May be replaced at any time; what is under way arrives by the conditions under which it was sent. */
  conditions: WireConditions = idealConditions;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #sockets = new Set<OpenSocket>();
  readonly #neighbourWatches = new Set<OpenWatch>();
  readonly #watchers = new Set<(traffic: Traffic) => void>();

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Plugs an interface of a director in. */
  attach(station: StationOptions): Station {
    return {
      linkIndex: station.linkIndex,
      vrrpSockets: { open: (options) => this.#openVrrp(station, options) },
      frameSockets: { open: (linkIndex) => this.#openFrames(station, linkIndex) },
      neighbourWatches: { open: (options) => this.#openNeighbourWatch(station, options) },
    };
  }

  /** Calls at once for everything that is sent, arriving or not: for recordings and for the ARP caches of clients. */
  watch(onTraffic: (traffic: Traffic) => void): { close(): void } {
    this.#watchers.add(onTraffic);
    return { close: () => this.#watchers.delete(onTraffic) };
  }

  /** Puts a datagram on the wire that none of the directors sent: a stranger's, a forged one, one with a wrong time to live. */
  inject(
    from: string,
    family: Family,
    datagram: OutgoingDatagram,
    timeToLive = datagram.timeToLive ?? 255,
    protocol: VrrpSocketOptions["protocol"] = "vrrp",
  ): void {
    this.#note({ kind: "datagram", at: this.#clock.now(), from, family, datagram });
    for (const socket of this.#sockets)
      if ((socket.options.protocol ?? "vrrp") === protocol) this.#carry(from, family, datagram, timeToLive, socket);
  }

  /** Puts a frame on the wire that none of the directors sent: a neighbour's answer, somebody who has our address. */
  injectFrame(from: string, frame: Uint8Array): void {
    this.#note({ kind: "frame", at: this.#clock.now(), from, frame });
    for (const watch of this.#neighbourWatches) this.#carryFrame(from, frame, watch);
  }

  #openNeighbourWatch(station: StationOptions, options: NeighbourWatchOptions): NeighbourWatch {
    if (station.links.link(options.linkIndex) === undefined)
      throw refusal("open neighbour watch", `link ${options.linkIndex}`, "ENODEV");
    const watch: OpenWatch = { station, options, senders: [] };
    this.#neighbourWatches.add(watch);
    const setSenders = (senders: readonly IpAddress[]) => {
      watch.senders = senders;
    };
    return { setSenders, close: () => this.#neighbourWatches.delete(watch) };
  }

  #carryFrame(from: string, frame: Uint8Array, to: OpenWatch): void {
    const receiver = to.station.director;
    if (receiver === from || !this.conditions.joined(from, receiver)) return;
    if (this.#random() < this.conditions.loss(from, receiver)) return;
    this.#clock.at(after(this.#clock.now(), this.conditions.delay(from, receiver)), () => {
      const about = to.options.family === "ipv4" ? arpSender(frame) : discovered(frame);
      if (this.#neighbourWatches.has(to) && isReceiving(to) && about !== undefined && to.senders.includes(about))
        to.options.onFrame(frame.slice());
    });
  }

  #openVrrp(station: StationOptions, options: VrrpSocketOptions): VrrpSocket {
    const isBound = options.linkName !== "";
    if (isBound && (station.links.link(options.linkIndex) === undefined || options.linkIndex !== station.linkIndex)) {
      throw refusal("open vrrp socket", `link ${options.linkName}`, "ENODEV");
    }
    const socket = { station, options };
    this.#sockets.add(socket);
    const send = (datagrams: readonly OutgoingDatagram[]) => this.#sendDatagrams(socket, datagrams);
    const departure = new MemoryDeparture(this.#clock, this.#clock.createTimer, send);
    const close = () => {
      departure.takeBack();
      this.#sockets.delete(socket);
    };
    return { send, departure, close };
  }

  #sendDatagrams({ station, options }: OpenSocket, datagrams: readonly OutgoingDatagram[]): number {
    for (const [place, datagram] of datagrams.entries()) {
      const code = datagramRefusal(station, datagram);
      if (code !== undefined && place > 0) return place;
      if (code !== undefined) throw refusal("send advertisement", `link ${options.linkName}`, code);
      this.inject(station.director, options.family, datagram, datagram.timeToLive, options.protocol);
    }
    return datagrams.length;
  }

  #openFrames(station: StationOptions, linkIndex: number): FrameSocket {
    if (station.links.link(linkIndex) === undefined) throw refusal("open frame socket", `link ${linkIndex}`, "ENODEV");
    return { send: (frames) => this.#sendFrames(station, frames), close: () => {} };
  }

  #sendFrames(station: StationOptions, frames: readonly Uint8Array[]): void {
    const link = station.links.link(station.linkIndex);
    const code = link === undefined ? "ENXIO" : link.up ? undefined : "ENETDOWN";
    if (code !== undefined) throw refusal("send frame", `link ${station.linkIndex}`, code);
    for (const frame of frames) this.injectFrame(station.director, frame);
  }

  #carry(from: string, family: Family, datagram: OutgoingDatagram, timeToLive: number, to: OpenSocket): void {
    const receiver = to.station.director;
    if (receiver === from || family !== to.options.family || !this.conditions.joined(from, receiver)) return;
    if (this.#random() < this.conditions.loss(from, receiver)) return;
    const arrival = after(this.#clock.now(), this.conditions.delay(from, receiver));
    this.#clock.at(arrival, () => this.#deliver(datagram, timeToLive, to));
  }

  #deliver({ source, destination, payload }: OutgoingDatagram, timeToLive: number, to: OpenSocket): void {
    if (!this.#sockets.has(to) || !isReceiving(to) || !isAddressed(destination, to)) return;
    const received = { source, destination, timeToLive, receivedAt: this.#clock.now() };
    to.options.onDatagram({
      ...received,
      ...(to.options.protocol === "ah" ? split(payload) : { payload: payload.slice() }),
    });
  }

  #note(traffic: Traffic): void {
    for (const watcher of this.#watchers) watcher(traffic);
  }
}

/** One port over several segments: each socket opens on the segment that the interface is plugged into. */
export function vrrpSocketsOf(stations: readonly Station[]): VrrpSocketPort {
  // One that is bound to no interface is on the first segment, as a route would have it.
  const stationFor = ({ linkName, linkIndex }: VrrpSocketOptions) =>
    linkName === "" && stations[0] !== undefined ? stations[0] : stationOn(stations, linkIndex, "open vrrp socket");
  return { open: (options) => stationFor(options).vrrpSockets.open(options) };
}

/** One port over several segments: each socket opens on the segment that the interface is plugged into. */
export function frameSocketsOf(stations: readonly Station[]): FrameSocketPort {
  return { open: (linkIndex) => stationOn(stations, linkIndex, "open frame socket").frameSockets.open(linkIndex) };
}

function stationOn(stations: readonly Station[], linkIndex: number, operation: string): Station {
  const station = stations.find((candidate) => candidate.linkIndex === linkIndex);
  if (station === undefined) throw refusal(operation, `link ${linkIndex}`, "ENODEV");
  return station;
}

/** The kernel sends only from an address of its own, and over an interface that is up; IPv4 says the same errno to both. */
function datagramRefusal({ links, linkIndex }: StationOptions, { source }: OutgoingDatagram): string | undefined {
  const link = links.link(linkIndex);
  const isIpv4 = familyOf(source) === "ipv4";
  if (link === undefined) return isIpv4 ? "ENETUNREACH" : "ENODEV";
  if (!links.has(source)) return isIpv4 ? "ENETUNREACH" : "EINVAL";
  return link.up ? undefined : "ENETUNREACH";
}

/** The sender of an ARP packet; undefined when the frame is none. */
function arpSender(frame: Uint8Array): IpAddress | undefined {
  return etherTypeOf(frame) === etherTypes.ipv4
    ? addressFromBytes(frame.subarray(arpSenderOffset, arpSenderOffset + 4))
    : undefined;
}

/** The address that a neighbour discovery packet is about; undefined when the frame is none. */
function discovered(frame: Uint8Array): IpAddress | undefined {
  const isDiscovery =
    etherTypeOf(frame) === etherTypes.ipv6 && frame[discoveryOffsets.nextHeader] === discovery.protocol;
  const at = (offset: number) => addressFromBytes(frame.subarray(offset, offset + 16));
  const [source, target] = [at(discoveryOffsets.source), at(discoveryOffsets.target)];
  if (!isDiscovery) return undefined;
  if (frame[discoveryOffsets.type] === discovery.advertisement) return target;
  return frame[discoveryOffsets.type] === discovery.solicitation ? (source === ip("::") ? target : source) : undefined;
}

function etherTypeOf(frame: Uint8Array): number {
  return ((frame[12] ?? 0) << 8) + (frame[13] ?? 0);
}

function isReceiving({ station }: Pick<OpenSocket, "station">): boolean {
  return station.links.link(station.linkIndex)?.running === true;
}

function isAddressed(destination: IpAddress, { station, options }: OpenSocket): boolean {
  return isMulticast(destination) ? destination === options.group : station.links.has(destination, station.linkIndex);
}

/** Of protocol "ah" the whole IPv4 packet is on the wire. */
function split(packet: Uint8Array): { readonly header: Uint8Array; readonly payload: Uint8Array } {
  const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
  return { header: packet.slice(0, headerLength), payload: packet.slice(headerLength) };
}

function refusal(operation: string, object: string, code: string): OperationError {
  return new OperationError({ operation, object, cause: { code } });
}

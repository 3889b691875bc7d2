// Packets on the way that IPVS would send those of clients: to the hardware address of a real server, or in a tunnel to it, and addressed to the virtual
// address. What comes back is heard on packet sockets, before the kernel sees that a packet from one of its own addresses came from outside and drops it. Nothing
// is put into the kernel but sockets: there is nothing to clean up.
//
// A port is held by a socket that never listens, so that nobody else gets it. A packet socket that hears is open while checks come, and a little longer:
// each packet that comes into this host passes its filter meanwhile, and closing one makes the process wait for the kernel (synchronize_net). The one
// that sends hears nothing, costs nothing, and stays.

import { type Family, familyOf, hostPrefixLength, type IpAddress, isLinkLocal } from "../../base/address.ts";
import type { ForwardingPath, ForwardingPaths, PathTarget } from "../forwarding-path.ts";
import type { Tunnel } from "../ipvs.ts";
import { type NativeSocket, openSocket } from "./native.ts";
import { NetlinkConnection, netlinkProtocol } from "./netlink/connection.ts";
import { addressesBody, readChange, routeMessage } from "./netlink/route.ts";
import {
  neighbourBody,
  questions,
  type RouteTo,
  readNeighbour,
  readRouteTo,
  routeToBody,
} from "./netlink/rtm-neighbour.ts";
import { type FilterInstruction, filterCodes, filterProgram } from "./packet-filter.ts";
import { internetAddress, packetAddress, socketFamily } from "./sockaddr.ts";
import { type TunnelEnds, tunnelled } from "./tunnel-headers.ts";

const [sockStream, sockDgram, sockRaw] = [1, 2, 3];
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const tcp = 6;
const packetSize = 128;
const reading = { bufferSize: packetSize, batch: 16, queueLimit: 256 };
/** A datagram to the discard service has the kernel ask for the hardware address. */
const discard = 9;
/** EOPNOTSUPP: kernels before 5.0 tell of all neighbours or of none. */
const notSupported = 95;
/** How long nobody may have waited before a packet socket is closed. */
const idleMs = 10_000;

/** The paths of this host. */
export class LinuxForwardingPaths implements ForwardingPaths {
  readonly #ears = new Map<Family, Ear>();
  #routes: NetlinkConnection | undefined;
  #onLink: NativeSocket | undefined;

  open(target: PathTarget, onPacket: (packet: Uint8Array) => void): ForwardingPath {
    const { realServer, virtualAddress, source } = target;
    const route = this.#routeTo(realServer);
    const towards = familyOf(virtualAddress) === familyOf(realServer) ? route : this.#routeTo(virtualAddress);
    const from = source ?? this.#sourceOf(towards, virtualAddress);
    if (from === undefined) throw coded("EADDRNOTAVAIL");
    const { forwarding } = target;
    if (forwarding.method === "direct" && route.gateway !== undefined) throw coded("EHOSTUNREACH");
    const ear = this.#earFor(familyOf(virtualAddress));
    const stop = ear.listen(onPacket);
    const ends = { source: route.source, port: ear.port, realServer };
    return {
      source: from,
      port: ear.port,
      send: (packet) =>
        forwarding.method === "direct"
          ? this.#sendOnLink(target, route, packet)
          : sendInTunnel(forwarding, packet, ends),
      close: stop,
    };
  }

  #earFor(family: Family): Ear {
    const ear = this.#ears.get(family) ?? new Ear(family);
    this.#ears.set(family, ear);
    return ear;
  }

  #sendOnLink({ realServer, virtualAddress }: PathTarget, { linkIndex }: RouteTo, packet: Uint8Array): boolean {
    const hardwareAddress = this.#neighbour(realServer, linkIndex);
    if (hardwareAddress === undefined) {
      once(socketFamily[familyOf(realServer)], sockDgram, 0, {
        data: new Uint8Array(1),
        address: internetAddress(realServer, discard),
      });
      return false;
    }
    const address = packetAddress(linkIndex, etherTypes[familyOf(virtualAddress)]);
    address.set([hardwareAddress.length], 11);
    address.set(hardwareAddress.subarray(0, 8), 12);
    this.#onLink ??= openSocket(socketFamily.packet, sockDgram, 0);
    this.#onLink.send([{ data: packet, address }], 0);
    return true;
  }

  #routeTo(address: IpAddress): RouteTo {
    const outcome = this.#asked().request(questions.route, 0, routeToBody(address));
    const [answer] = outcome.kind === "done" ? outcome.messages : [];
    const route = answer && readRouteTo(answer);
    if (route === undefined) throw coded("ENETUNREACH");
    return route;
  }

  /** A director that has the virtual address may choose it as a source as well, and would be answered by nobody. */
  #sourceOf({ source, linkIndex }: RouteTo, virtualAddress: IpAddress): IpAddress | undefined {
    if (source !== virtualAddress) return source;
    const outcome = this.#asked().dump(routeMessage.getAddress, addressesBody());
    const messages = outcome.kind === "done" ? outcome.messages : [];
    const others = messages.flatMap((message) => {
      const change = readChange(message);
      const found = change?.kind === "address" ? change.address : undefined;
      const isUsable =
        found?.linkIndex === linkIndex &&
        found.address !== virtualAddress &&
        familyOf(found.address) === familyOf(virtualAddress) &&
        !isLinkLocal(found.address);
      return isUsable ? [found] : [];
    });
    // Addresses without a network of their own are virtual ones, as a rule.
    const whole = hostPrefixLength(familyOf(virtualAddress));
    return (others.find(({ prefixLength }) => prefixLength < whole) ?? others[0])?.address;
  }

  #neighbour(address: IpAddress, linkIndex: number): Uint8Array | undefined {
    const outcome = this.#asked().request(questions.neighbour, 0, neighbourBody(address, linkIndex));
    if (outcome.kind === "refused" && outcome.answer.errno === notSupported) throw coded("EOPNOTSUPP");
    const [answer] = outcome.kind === "done" ? outcome.messages : [];
    return answer && readNeighbour(answer);
  }

  #asked(): NetlinkConnection {
    this.#routes ??= new NetlinkConnection(netlinkProtocol.route, 1 << 18);
    return this.#routes;
  }
}

/** Hears what comes to our port, for all who wait. */
class Ear {
  readonly port: number;
  readonly #family: Family;
  readonly #holder: NativeSocket;
  readonly #listeners = new Set<(packet: Uint8Array) => void>();
  #socket: NativeSocket | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(family: Family) {
    this.#family = family;
    this.#holder = openSocket(socketFamily[family], sockStream, 0);
    this.#holder.bind(internetAddress((family === "ipv4" ? "0.0.0.0" : "::") as IpAddress, 0));
    const bound = this.#holder.localAddress();
    this.port = new DataView(bound.buffer, bound.byteOffset).getUint16(2);
  }

  listen(onPacket: (packet: Uint8Array) => void): () => void {
    clearTimeout(this.#idle);
    this.#socket ??= this.#open();
    this.#listeners.add(onPacket);
    return () => {
      if (!this.#listeners.delete(onPacket) || this.#listeners.size > 0) return;
      this.#idle = setTimeout(() => this.#close(), idleMs);
      this.#idle.unref();
    };
  }

  #close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Deaf before it is bound, so that nothing is heard that was not asked for. */
  #open(): NativeSocket {
    const socket = openSocket(socketFamily.packet, sockDgram, 0);
    try {
      socket.attachFilter(filterFor(this.#family, this.port));
      socket.bind(packetAddress(0, etherTypes[this.#family]));
      socket.startReading(
        reading,
        (messages) => {
          for (const { data } of messages) for (const listener of [...this.#listeners]) listener(data);
        },
        () => undefined,
      );
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }
}

/** TCP to a port, in packets without IP options. */
function filterFor(family: Family, port: number): Uint8Array {
  const [protocolAt, portAt] = family === "ipv4" ? [9, 22] : [6, 42];
  const nothing: FilterInstruction = [filterCodes.deliver, 0, 0, 0];
  return filterProgram([
    [filterCodes.loadByte, 0, 0, protocolAt],
    [filterCodes.jumpIfEqual, 0, 2, tcp],
    [filterCodes.loadHalf, 0, 0, portAt],
    [filterCodes.jumpIfEqual, 1, 0, port],
    nothing,
    [filterCodes.deliver, 0, 0, packetSize],
  ]);
}

function sendInTunnel(tunnel: Tunnel, packet: Uint8Array, ends: TunnelEnds): boolean {
  const { realServer, source } = ends;
  const { protocol, data } = tunnelled(tunnel, packet, ends);
  const message = { data, address: internetAddress(realServer, 0) };
  once(socketFamily[familyOf(realServer)], sockRaw, protocol, message, source);
  return true;
}

/** One message by a socket of its own, from an address if it matters. */
function once(
  family: number,
  type: number,
  protocol: number,
  message: { data: Uint8Array; address: Uint8Array },
  source?: IpAddress,
): void {
  const socket = openSocket(family, type, protocol);
  try {
    if (source !== undefined) socket.bind(internetAddress(source, 0));
    socket.send([message], 0);
  } finally {
    socket.close();
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

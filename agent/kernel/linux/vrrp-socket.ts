// VRRP's sockets on Linux: protocol 112 on one interface, one socket that receives and one that sends.
//
// The receiving socket is bound to the interface and not to an address, so that it takes the group and, for unicast peers, the host's own addresses;
// of groups it takes only the one it joined (IP_MULTICAST_ALL off). It does not have the kernel check the IPv6 checksum: the kernel would drop
// what is wrong without a word, and nobody could count it. Membership ends with the interface: when that is removed and comes back, the sockets
// have to be opened again.

import { addressBytes, isMulticast } from "../../base/address.ts";
import { instant } from "../../base/duration.ts";
import { codeOf, messageOf, OperationError } from "../../base/errors.ts";
import {
  authenticationHeaderProtocol,
  type OutgoingDatagram,
  type ReceivedDatagram,
  type VrrpSocket,
  type VrrpSocketOptions,
  type VrrpSocketPort,
  vrrpProtocol,
} from "../vrrp-socket.ts";
import { arrivalOf, timestamps } from "./arrival.ts";
import { isLittleEndian } from "./byte-order.ts";
import { linuxClock } from "./clock.ts";
import { clock, type IncomingMessage, type NativeSocket, type OutgoingMessage, openSocket } from "./native.ts";
import { socketFamily } from "./sockaddr.ts";
import { readDatagram, writeDatagram } from "./vrrp-datagram.ts";

const socketRaw = 3; // SOCK_RAW
const doNotRoute = 0x4; // MSG_DONTROUTE
const outOfBand = 0x1; // MSG_OOB: a raw socket refuses it (EOPNOTSUPP) before it does anything else
const timeToLive = 255; // RFC 9568, sections 5.1.1.3 and 5.1.2.3
const trafficClass = 0xc0; // CS6, network control, as keepalived sends
const checksumOffset = 6; // RFC 9568, section 5.2.8

/** SOL_SOCKET and its options. */
const general = { level: 1, sendBuffer: 7, receiveBuffer: 8, bindToDevice: 25, receiveBufferForce: 33 } as const;
/** IPPROTO_IP and its options (linux/in.h). */
const ipv4 = {
  level: 0,
  tos: 1,
  ttl: 2,
  headerIncluded: 3,
  multicastIf: 32,
  multicastTtl: 33,
  multicastLoop: 34,
  join: 35,
  multicastAll: 49,
} as const;
/** IPPROTO_IPV6 and its options (linux/in6.h). */
const ipv6 = {
  level: 41,
  checksum: 7,
  unicastHops: 16,
  multicastIf: 17,
  multicastHops: 18,
  multicastLoop: 19,
  join: 20,
  multicastAll: 29,
  receivePacketInfo: 49,
  receiveHopLimit: 51,
  trafficClass: 67,
  freeBind: 78,
} as const;

/** An advertisement has at most 255 addresses: 4 KiB of IPv6. A busy segment has hundreds of virtual routers. */
const reading = { bufferSize: 8192, batch: 32, queueLimit: 1024 };
const receiveBufferSize = 1 << 20;

/** The real VRRP sockets. */
export const linuxVrrpSockets: VrrpSocketPort = { open: openVrrpSocket };

function openVrrpSocket(options: VrrpSocketOptions): VrrpSocket {
  const receiver = trying("open vrrp socket", options, () => prepared(options, prepareReceiver));
  const sender = tryingOr(receiver, () => trying("open vrrp socket", options, () => prepared(options, prepareSender)));
  tryingOr(receiver, () => startReading(receiver, options));
  const messageFor = keepingMessages(options.linkIndex);
  return {
    send: (datagrams) => {
      const messages = datagrams.map(messageFor);
      return trying("send advertisement", options, () => sender.send(messages, flagsFor(datagrams)));
    },
    departure: {
      set: (datagrams, at, latest, unlessUnread) => {
        const messages = datagrams.map(messageFor);
        const heard = unlessUnread === true ? receiver : undefined;
        trying("send advertisement", options, () => sender.sendAt(messages, flagsFor(datagrams), at, latest, heard));
      },
      takeBack: () => {
        const left = sender.takeBack();
        return left && { at: instant(left.at), count: left.count };
      },
    },
    rehearse: (datagrams) => {
      try {
        sender.send(datagrams.map(messageFor), doNotRoute | outOfBand);
      } catch {
        // It is meant to be refused.
      }
    },
    close: () => {
      receiver.close();
      sender.close();
    },
  };
}

/** Groups stay on the segment, whatever the routes say. */
function flagsFor(datagrams: readonly OutgoingDatagram[]): number {
  return datagrams.every(({ destination }) => isMulticast(destination)) ? doNotRoute : 0;
}

/** Writes messages, and keeps them for as long as their payload lives: a master sends the same one over and over. */
function keepingMessages(linkIndex: number): (datagram: OutgoingDatagram) => OutgoingMessage {
  const kept = new WeakMap<Uint8Array, { readonly ends: string; readonly message: OutgoingMessage }>();
  return (datagram) => {
    const ends = `${datagram.source} ${datagram.destination} ${datagram.timeToLive}`;
    const known = kept.get(datagram.payload);
    if (known?.ends === ends) return known.message;
    const message = writeDatagram(datagram, linkIndex);
    kept.set(datagram.payload, { ends, message });
    return message;
  };
}

function prepared(
  options: VrrpSocketOptions,
  prepare: (socket: NativeSocket, options: VrrpSocketOptions) => void,
): NativeSocket {
  const protocol = options.protocol === "ah" ? authenticationHeaderProtocol : vrrpProtocol;
  const socket = openSocket(socketFamily[options.family], socketRaw, protocol);
  return tryingOr(socket, () => {
    if (options.linkName !== "")
      socket.setOption(general.level, general.bindToDevice, new TextEncoder().encode(`${options.linkName}\0`));
    prepare(socket, options);
    return socket;
  });
}

function prepareReceiver(socket: NativeSocket, options: VrrpSocketOptions): void {
  enlargeReceiveBuffer(socket);
  const joined = options.group === undefined ? [] : [options, ...onParent(options)];
  socket.setOption(timestamps.level, timestamps.option, 1);
  if (options.family === "ipv4") {
    socket.setOption(ipv4.level, ipv4.multicastAll, 0);
    for (const membership of joined) socket.setOption(ipv4.level, ipv4.join, ipv4Membership(membership));
  } else {
    socket.setOption(ipv6.level, ipv6.multicastAll, 0);
    socket.setOption(ipv6.level, ipv6.receivePacketInfo, 1);
    socket.setOption(ipv6.level, ipv6.receiveHopLimit, 1);
    for (const membership of joined) socket.setOption(ipv6.level, ipv6.join, ipv6Membership(membership));
  }
  discardWaiting(socket);
}

/** It joins no group and has the smallest buffer: the few unicast packets that fit in stay there. */
function prepareSender(socket: NativeSocket, options: VrrpSocketOptions): void {
  socket.setOption(general.level, general.receiveBuffer, 0);
  if (options.family === "ipv4") {
    socket.setOption(ipv4.level, ipv4.multicastAll, 0);
    socket.setOption(ipv4.level, ipv4.multicastIf, ipv4Membership(options));
    socket.setOption(ipv4.level, ipv4.multicastLoop, 0);
    socket.setOption(ipv4.level, ipv4.multicastTtl, timeToLive);
    socket.setOption(ipv4.level, ipv4.ttl, timeToLive);
    socket.setOption(ipv4.level, ipv4.tos, trafficClass);
    if (options.protocol === "ah") socket.setOption(ipv4.level, ipv4.headerIncluded, 1);
  } else {
    socket.setOption(ipv6.level, ipv6.multicastAll, 0);
    socket.setOption(ipv6.level, ipv6.checksum, checksumOffset);
    socket.setOption(ipv6.level, ipv6.multicastIf, options.linkIndex);
    socket.setOption(ipv6.level, ipv6.multicastLoop, 0);
    socket.setOption(ipv6.level, ipv6.multicastHops, timeToLive);
    socket.setOption(ipv6.level, ipv6.unicastHops, timeToLive);
    socket.setOption(ipv6.level, ipv6.trafficClass, trafficClass);
    if (options.parentIndex !== undefined) socket.setOption(ipv6.level, ipv6.freeBind, 1);
  }
}

/** The membership on the link below, if there is one. */
function onParent({ group, parentIndex }: VrrpSocketOptions): readonly Membership[] {
  return parentIndex === undefined ? [] : [{ group, linkIndex: parentIndex }];
}

type Membership = Pick<VrrpSocketOptions, "group" | "linkIndex">;

/** struct ip_mreqn: group, local address (any), interface. As the outgoing interface the group does not matter. */
function ipv4Membership({ group, linkIndex }: Membership): Uint8Array {
  const bytes = new Uint8Array(12);
  if (group !== undefined) bytes.set(addressBytes(group));
  new DataView(bytes.buffer).setInt32(8, linkIndex, isLittleEndian);
  return bytes;
}

/** struct ipv6_mreq: group, interface. */
function ipv6Membership({ group, linkIndex }: Membership): Uint8Array {
  const bytes = new Uint8Array(20);
  if (group !== undefined) bytes.set(addressBytes(group));
  new DataView(bytes.buffer).setInt32(16, linkIndex, isLittleEndian);
  return bytes;
}

/** Beyond the system's limit where the rights allow it, else up to the limit. */
function enlargeReceiveBuffer(socket: NativeSocket): void {
  try {
    socket.setOption(general.level, general.receiveBufferForce, receiveBufferSize);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    socket.setOption(general.level, general.receiveBuffer, receiveBufferSize);
  }
}

/** Between its making and its binding the socket heard all interfaces. */
function discardWaiting(socket: NativeSocket): void {
  while (socket.receive(reading.batch, 1, 0).length > 0);
}

function startReading(socket: NativeSocket, options: VrrpSocketOptions): void {
  const deliver = (messages: readonly IncomingMessage[], dropped: number) => {
    if (dropped > 0)
      options.onTrouble(`${dropped} datagrams were dropped because they came faster than they were read`);
    const now = { monotonic: linuxClock.now(), realtime: clock("realtime") };
    for (const message of messages) {
      const datagram = readDatagram(options.family, message, arrivalOf(message.control, now));
      if (datagram === undefined) options.onTrouble("the kernel delivered a datagram without a readable ip header");
      else if (isMeant(datagram, options)) options.onDatagram(datagram);
    }
  };
  socket.startReading(reading, deliver, (error) => options.onTrouble(messageOf(error)));
}

/** A raw IPv6 socket that is not bound to an address hears every group that anybody on this host has joined (raw_v6_match). */
function isMeant({ destination }: ReceivedDatagram, { group }: VrrpSocketOptions): boolean {
  return destination === group || !isMulticast(destination);
}

function tryingOr<T>(socket: NativeSocket, act: () => T): T {
  try {
    return act();
  } catch (error) {
    socket.close();
    throw error;
  }
}

function trying<T>(operation: string, { linkName, family }: VrrpSocketOptions, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new OperationError({
      operation,
      object: linkName === "" ? family : `${family} on link ${linkName}`,
      cause: { code },
    });
  }
}

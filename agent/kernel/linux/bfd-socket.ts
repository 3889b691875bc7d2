// The sockets of BFD on Linux. One that receives for each family and port, bound to no address, that is told time to live and destination of
// each datagram; one for each session that sends. The latter is not connected: that nobody listens is for the session's timers to find out.

import { addressFromBytes, familyOf, ip } from "../../base/address.ts";
import { messageOf } from "../../base/errors.ts";
import type { BfdDatagram, BfdListenOptions, BfdSender, BfdSendOptions, BfdSocketPort } from "../bfd-socket.ts";
import { readControl } from "./ancillary.ts";
import { arrivalOf, timestamps } from "./arrival.ts";
import { isLittleEndian } from "./byte-order.ts";
import { linuxClock } from "./clock.ts";
import { clock, type IncomingMessage, type NativeSocket, openSocket } from "./native.ts";
import { internetAddress, readInternetAddress, socketFamily } from "./sockaddr.ts";

const socketDatagram = 2; // SOCK_DGRAM
const trafficClass = 0xc0; // CS6, network control, as for VRRP

/** Options of linux/in.h and in6.h, and the control records that they lead to. */
const options = {
  ipv4: {
    ...{ level: 0, any: ip("0.0.0.0"), timeToLive: 2, trafficClass: 1 },
    ...{ tellHops: 12, hops: 2, tellDestination: 8, destination: { type: 8, from: 8, to: 12 } },
  },
  ipv6: {
    ...{ level: 41, any: ip("::"), timeToLive: 16, trafficClass: 67 },
    ...{ tellHops: 51, hops: 52, tellDestination: 49, destination: { type: 50, from: 0, to: 16 } },
  },
} as const;
const onlyIpv6 = 26; // IPV6_V6ONLY

/** A control packet has 24 bytes, with authentication up to 52. */
const reading = { bufferSize: 256, batch: 32, queueLimit: 1024 };

/** The real sockets. */
export const linuxBfdSockets: BfdSocketPort = { listen, open };

function listen(wish: BfdListenOptions): { close(): void } {
  const { level, any, tellHops, tellDestination } = options[wish.family];
  return prepared(wish.family, (socket) => {
    if (wish.family === "ipv6") socket.setOption(level, onlyIpv6, 1);
    socket.setOption(timestamps.level, timestamps.option, 1);
    socket.setOption(level, tellHops, 1);
    socket.setOption(level, tellDestination, 1);
    socket.bind(internetAddress(any, wish.port));
    startReading(socket, wish);
  });
}

function open({ source, sourcePort, destination, port, timeToLive }: BfdSendOptions): BfdSender {
  const family = familyOf(destination);
  const { level, any, timeToLive: hops, trafficClass: kind } = options[family];
  const address = internetAddress(destination, port);
  const socket = prepared(family, (one) => {
    one.setOption(level, hops, timeToLive);
    one.setOption(level, kind, trafficClass);
    one.bind(internetAddress(source ?? any, sourcePort));
  });
  return { send: (data) => void socket.send([{ data, address }], 0), close: () => socket.close() };
}

function prepared(family: keyof typeof options, prepare: (socket: NativeSocket) => void): NativeSocket {
  const socket = openSocket(socketFamily[family], socketDatagram, 0);
  try {
    prepare(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function startReading(socket: NativeSocket, { family, onDatagram, onTrouble }: BfdListenOptions): void {
  const deliver = (messages: readonly IncomingMessage[], dropped: number) => {
    if (dropped > 0) onTrouble(`${dropped} datagrams were dropped because they came faster than they were read`);
    const now = { monotonic: linuxClock.now(), realtime: clock("realtime") };
    for (const message of messages) {
      const datagram = readDatagram(family, message, now);
      if (datagram !== undefined) onDatagram(datagram);
    }
  };
  socket.startReading(reading, deliver, (error) => onTrouble(messageOf(error)));
}

function readDatagram(
  family: keyof typeof options,
  { data, address, control }: IncomingMessage,
  now: Parameters<typeof arrivalOf>[1],
): BfdDatagram | undefined {
  const { level, hops, destination: place } = options[family];
  const records = readControl(control).filter((record) => record.level === level);
  const find = (type: number) => records.find((record) => record.type === type)?.data;
  const source = readInternetAddress(address);
  const destination = addressFromBytes(find(place.type)?.subarray(place.from, place.to) ?? new Uint8Array());
  const limit = find(hops);
  if (source === undefined || destination === undefined || limit === undefined || limit.length < 4) return undefined;
  const timeToLive = new DataView(limit.buffer, limit.byteOffset).getInt32(0, isLittleEndian);
  return { source, destination, timeToLive, payload: data, receivedAt: arrivalOf(control, now) };
}

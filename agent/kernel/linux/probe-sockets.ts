// The sockets of probes, of Linux.

import { closeSync } from "node:fs";
import { familyOf } from "../../base/address.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type {
  Connected,
  DatagramListener,
  DatagramSocket,
  PacketSource,
  ProbeSockets,
  ProbeTarget,
} from "../probe-sockets.ts";
import { errnoName } from "./errno.ts";
import { createConnector, type NativeConnector, type NativeSocket, openSocket } from "./native.ts";
import { internetAddress, socketFamily } from "./sockaddr.ts";

// linux/socket.h, linux/in.h, linux/icmp.h, linux/icmpv6.h
const sockDgram = 2;
const sockRaw = 3;
const solSocket = 1;
const soReuseAddress = 2;
const soMark = 36;
const soBindToDevice = 25;
const icmp = { protocol: 1, filterLevel: 255, filterName: 1 };
const icmpv6 = { protocol: 58, filterLevel: 58, filterName: 1 };

/** A probe reads one answer; what is longer than any datagram is none. */
const reading = { bufferSize: 65_536, batch: 4, queueLimit: 64 };

/** The sockets of this host. */
export class LinuxProbeSockets implements ProbeSockets {
  readonly #waiting = new Map<number, (connected: Connected) => void>();
  #connector: NativeConnector | undefined;

  connect({ address, port, source }: ProbeTarget, keep: boolean, onDone: (connected: Connected) => void): () => void {
    try {
      const connector = this.#connect();
      const attempt = connector.start(
        internetAddress(address, port),
        keep,
        sourceAddress(source, address),
        source.mark,
        source.interface,
      );
      this.#waiting.set(attempt, onDone);
      return () => {
        if (this.#waiting.delete(attempt)) connector.cancel(attempt);
      };
    } catch (thrown) {
      return soon(() => onDone({ code: codeOf(thrown) ?? messageOf(thrown) }));
    }
  }

  datagrams(target: ProbeTarget, listener: DatagramListener): DatagramSocket {
    const family = socketFamily[familyOf(target.address)];
    return datagramSocket(openSocket(family, sockDgram, 0), target, listener);
  }

  /** A raw socket, not one of the kernel's ping sockets: those are only for the groups of net.ipv4.ping_group_range, which keepalived widens for all. */
  echoes(target: ProbeTarget, listener: DatagramListener): DatagramSocket {
    const isIpv4 = familyOf(target.address) === "ipv4";
    const { protocol, filterLevel, filterName } = isIpv4 ? icmp : icmpv6;
    const socket = openSocket(isIpv4 ? socketFamily.ipv4 : socketFamily.ipv6, sockRaw, protocol);
    socket.setOption(filterLevel, filterName, isIpv4 ? onlyEchoReply : onlyEchoReply6);
    const { onData, onFailure } = listener;
    const withoutHeader = (data: Uint8Array) => onData(data.subarray(isIpv4 ? ((data[0] ?? 0) & 15) * 4 : 0));
    return datagramSocket(socket, { ...target, port: 0 }, { onData: withoutHeader, onFailure });
  }

  #connect(): NativeConnector {
    this.#connector ??= createConnector((results) => this.#take(results));
    return this.#connector;
  }

  #take(results: readonly number[]): void {
    for (let index = 0; index < results.length; index += 3) {
      const [attempt = 0, errno = 0, descriptor = -1] = results.slice(index, index + 3);
      const onDone = this.#waiting.get(attempt);
      this.#waiting.delete(attempt);
      if (onDone !== undefined) onDone(errno === 0 ? { descriptor } : { code: errnoName(errno) });
      else if (descriptor >= 0) closeSync(descriptor);
    }
  }
}

/** A 32-bit mask of ICMP types that are not passed on (struct icmp_filter), all but echo replies (type 0). */
const onlyEchoReply = new Uint8Array(new Uint32Array([0xfffffffe]).buffer);

/** A 256-bit mask (struct icmp6_filter), all but echo replies (type 129). */
const onlyEchoReply6 = new Uint8Array(new Uint32Array(8).fill(0xffffffff).fill(0xfffffffd, 4, 5).buffer);

function datagramSocket(socket: NativeSocket, target: ProbeTarget, listener: DatagramListener): DatagramSocket {
  try {
    prepare(socket, target);
    socket.startReading(
      reading,
      (messages) => {
        for (const { data } of messages) listener.onData(data);
      },
      (error) => listener.onFailure(error.code),
    );
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  return {
    localPort: portOf(socket.localAddress()),
    send: (data) => void socket.send([{ data }], 0),
    close: () => socket.close(),
  };
}

function prepare(socket: NativeSocket, { address, port, source }: ProbeTarget): void {
  if (source.mark !== undefined) socket.setOption(solSocket, soMark, source.mark);
  if (source.interface !== undefined)
    socket.setOption(solSocket, soBindToDevice, new TextEncoder().encode(source.interface));
  const from = sourceAddress(source, address);
  if (from !== undefined) {
    socket.setOption(solSocket, soReuseAddress, 1);
    socket.bind(from);
  }
  socket.connect(internetAddress(address, port));
}

function sourceAddress(source: PacketSource, target: ProbeTarget["address"]): Uint8Array | undefined {
  if (source.address === undefined && source.port === undefined) return undefined;
  const any = familyOf(target) === "ipv4" ? anyIpv4 : anyIpv6;
  return internetAddress(source.address ?? any, source.port ?? 0);
}

const anyIpv4 = "0.0.0.0" as ProbeTarget["address"];
const anyIpv6 = "::" as ProbeTarget["address"];

function portOf(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset).getUint16(2);
}

/** Calls back later; the returned function prevents it. */
function soon(call: () => void): () => void {
  const timer = setTimeout(call, 0);
  return () => clearTimeout(timer);
}

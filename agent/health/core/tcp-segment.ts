// The three packets of a handshake that is begun and given up: SYN, whatever answers it, RST (RFC 9293, section 3.5), each whole with its IP header.

import { addressBytes, addressFromBytes, type IpAddress } from "../../base/address.ts";
import { internetChecksum, onesComplementSum } from "../../base/checksum.ts";

/** Whose handshake it is, from our side. */
export interface Endpoints {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly target: IpAddress;
  readonly targetPort: number;
}

/** What came back. */
export interface SegmentSeen extends Endpoints {
  readonly flags: number;
  readonly acknowledged: number;
}

/** The flags that are looked at. */
export const tcpFlags = { syn: 2, reset: 4, acknowledged: 16 } as const;

const protocol = 6;
const hopLimit = 64;
const window = 64_240;
/** Maximum segment size: 1220, which fits through every tunnel. */
const segmentSize = [2, 4, 4, 196] as const;

/** Asks for a connection. */
export function synPacket(ends: Endpoints, sequence: number): Uint8Array {
  return packetOf(ends, sequence, tcpFlags.syn, segmentSize);
}

/** Gives up a connection that was accepted. */
export function resetPacket(ends: Endpoints, sequence: number): Uint8Array {
  return packetOf(ends, sequence, tcpFlags.reset, []);
}

function packetOf(ends: Endpoints, sequence: number, flags: number, options: readonly number[]): Uint8Array {
  const [source, target] = [addressBytes(ends.source), addressBytes(ends.target)];
  const segment = new Uint8Array(20 + options.length);
  const view = new DataView(segment.buffer);
  view.setUint16(0, ends.sourcePort);
  view.setUint16(2, ends.targetPort);
  view.setUint32(4, sequence >>> 0);
  segment.set([(segment.length / 4) << 4, flags], 12);
  view.setUint16(14, window);
  segment.set(options, 20);
  // IPv4's pseudo-header and IPv6's have the same sum: what they have more of is zero.
  const pseudoHeader = Uint8Array.from([...source, ...target, 0, protocol, 0, segment.length]);
  view.setUint16(16, internetChecksum(segment, onesComplementSum(pseudoHeader)));
  return source.length === 4 ? withIpv4(source, target, segment) : withIpv6(source, target, segment);
}

function withIpv4(source: Uint8Array, target: Uint8Array, segment: Uint8Array): Uint8Array {
  const dontFragment = 0x40;
  const header = Uint8Array.from([
    ...[0x45, 0, 0, 20 + segment.length, 0, 0, dontFragment, 0, hopLimit, protocol, 0, 0],
    ...source,
    ...target,
  ]);
  new DataView(header.buffer).setUint16(10, internetChecksum(header));
  return Uint8Array.from([...header, ...segment]);
}

function withIpv6(source: Uint8Array, target: Uint8Array, segment: Uint8Array): Uint8Array {
  return Uint8Array.from([0x60, 0, 0, 0, 0, segment.length, protocol, hopLimit, ...source, ...target, ...segment]);
}

/** Reads a packet that came in, from its IP header on; undefined: it is no whole TCP segment. */
export function readSegment(packet: Uint8Array): SegmentSeen | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const isIpv4 = version === 4;
  const length = isIpv4 ? ((packet[0] ?? 0) & 15) * 4 : 40;
  if ((!isIpv4 && version !== 6) || packet[isIpv4 ? 9 : 6] !== protocol || packet.length < length + 20)
    return undefined;
  const [first, size] = isIpv4 ? [12, 4] : [8, 16];
  const source = addressFromBytes(packet.subarray(first, first + size));
  const target = addressFromBytes(packet.subarray(first + size, first + 2 * size));
  if (source === undefined || target === undefined) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset + length);
  return {
    ...{ source, target, sourcePort: view.getUint16(0), targetPort: view.getUint16(2) },
    flags: view.getUint8(13),
    acknowledged: view.getUint32(8),
  };
}

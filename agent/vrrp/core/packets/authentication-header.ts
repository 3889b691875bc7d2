// Version 2 in an IP authentication header (RFC 2338, section 5.3.6.3; RFC 2402; HMAC-MD5-96, RFC 2403), as keepalived has it. IPv4 only.
//
//   bytes 0-3    next header (112), length in words of 4 less 2 (4), two of zero
//   bytes 4-7    security parameters index: keepalived takes the source address
//   bytes 8-11   sequence number
//   bytes 12-23  integrity check value: the first 96 bits of the HMAC-MD5
//
// The value covers the IP header without what changes on the way (RFC 2402, section 3.3.3.1.1). The time to live changes on the way, but in a
// multicast packet keepalived covers it nevertheless; we do as it does, and accept both.

import { addressBytes, type IpAddress, isMulticast } from "../../../base/address.ts";
import { fail, ok, type Result } from "../../../base/result.ts";
import { type Hmac, isSameValue } from "./hmac.ts";
import type { Envelope, PacketRule } from "./received-packet.ts";

/** A packet of IP protocol 51: `header` is its whole IPv4 header, `payload` what lies behind it. */
export interface ProtectedPacket {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  readonly source: IpAddress;
}

/** What a packet is protected with. The sequence number is its low 16 bits also the packet's identification, which the value covers. */
export interface Protection {
  readonly hmac: Hmac;
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly timeToLive: number;
}

/** The whole IPv4 packet that carries the advertisement. The kernel fills in the header's checksum. */
export function protect(advertisement: Uint8Array, envelope: Envelope, protection: Protection): Uint8Array {
  const packet = new Uint8Array(ipHeaderLength + authenticationHeaderLength + advertisement.length);
  packet.set(ipHeader(packet.length, envelope, protection));
  packet.set(authenticationHeader(envelope, protection.sequence), ipHeaderLength);
  packet.set(advertisement, ipHeaderLength + authenticationHeaderLength);
  const covers = isMulticast(envelope.destination) ? "time to live" : "less";
  packet.set(checkValue(packet, protection, covers), ipHeaderLength + valueOffset);
  return packet;
}

/** The advertisement in a protected packet with its sequence number, or the rule that the packet breaks. */
export function unprotect(
  { header, payload, source }: ProtectedPacket,
  { hmac, key }: Pick<Protection, "hmac" | "key">,
): Result<{ readonly advertisement: Uint8Array; readonly sequence: number }, PacketRule> {
  if (header.length < ipHeaderLength || !isHeader(payload)) return fail("authentication header is malformed");
  if (!isSameValue(payload.subarray(4, 8), addressBytes(source)))
    return fail("security parameters index is not the source");
  const packet = new Uint8Array([...header, ...payload]);
  const given = payload.slice(valueOffset, valueOffset + valueLength);
  packet.fill(0, header.length + valueOffset, header.length + valueOffset + valueLength);
  const isRight = coverages.some((covers) => isSameValue(checkValue(packet, { hmac, key }, covers), given));
  if (!isRight) return fail("integrity check value is wrong");
  const sequence = new DataView(payload.buffer, payload.byteOffset).getUint32(8);
  return ok({ advertisement: payload.subarray(authenticationHeaderLength), sequence });
}

/** The length of the header with its value. */
export const authenticationHeaderLength = 24;

const ipHeaderLength = 20;
const valueOffset = 12;
const valueLength = 12;
const vrrpProtocolNumber = 112;
const authenticationHeaderProtocol = 51;
const trafficClass = 0xc0;

const coverages = ["time to live", "less"] as const;
type Coverage = (typeof coverages)[number];

function isHeader(payload: Uint8Array): boolean {
  const [next, length, first, second] = payload;
  if (payload.length < authenticationHeaderLength) return false;
  return next === vrrpProtocolNumber && length === authenticationHeaderLength / 4 - 2 && first === 0 && second === 0;
}

function ipHeader(length: number, { source, destination }: Envelope, protection: Protection): Uint8Array {
  const { sequence, timeToLive } = protection;
  // The kernel would choose an identification of its own in place of 0, and the value covers it.
  const identification = sequence & 0xffff || 0xffff;
  return Uint8Array.from([
    ...[0x45, trafficClass, length >> 8, length & 0xff],
    ...[identification >> 8, identification & 0xff, 0, 0],
    ...[timeToLive, authenticationHeaderProtocol, 0, 0],
    ...addressBytes(source),
    ...addressBytes(destination),
  ]);
}

function authenticationHeader({ source }: Envelope, sequence: number): Uint8Array {
  const bytes = new Uint8Array(authenticationHeaderLength);
  bytes.set([vrrpProtocolNumber, authenticationHeaderLength / 4 - 2, 0, 0, ...addressBytes(source)]);
  new DataView(bytes.buffer).setUint32(8, sequence);
  return bytes;
}

/** The value over a packet in which its own place is zero. Type of service, fragmentation and header checksum do not count. */
function checkValue(packet: Uint8Array, { hmac, key }: Pick<Protection, "hmac" | "key">, covers: Coverage): Uint8Array {
  const covered = packet.slice();
  covered[1] = 0;
  covered.fill(0, 6, 8);
  covered.fill(0, 10, 12);
  if (covers === "less") covered[8] = 0;
  return hmac("md5", key, covered).subarray(0, valueLength);
}

// What the packets of both versions share: the fixed part of 8 bytes, then the addresses (RFC 3768, section 5.1; RFC 9568, section 5.1).
//
//   byte 0      version (4 bits), type (4 bits)
//   byte 1      virtual router identifier
//   byte 2      priority
//   byte 3      number of addresses
//   bytes 4-5   version 2: authentication type, interval in seconds; version 3: 4 bits of zero, interval in centiseconds
//   bytes 6-7   checksum
//   bytes 8-    addresses, 4 or 16 bytes each
//
// Version 2 adds 8 bytes of authentication data, always.

import { addressBytes, addressFromBytes, type Family, type IpAddress } from "../../../base/address.ts";
import { internetChecksum, onesComplementSum } from "../../../base/checksum.ts";

/** Where the addresses begin. */
export const addressesOffset = 8;

/** Version 2's authentication data at the end (RFC 3768, section 5.3.10). */
export const authenticationLength = 8;

/** The largest number of addresses that the count byte can tell. */
export const longestAddressList = 255;

/** The fields that both versions have. */
export interface CommonFields {
  readonly virtualRouterId: number;
  /** 1-254; 255 for the owner of the addresses; 0 from a master that leaves. */
  readonly priority: number;
  readonly addresses: readonly IpAddress[];
}

/** The length of one address in the packet. */
export function addressLength(family: Family): number {
  return family === "ipv4" ? 4 : 16;
}

/** A packet with everything but bytes 4-7 and what follows the addresses filled in. */
export function writeCommon(version: 2 | 3, fields: CommonFields, trailerLength: number): Uint8Array {
  const addresses = fields.addresses.slice(0, longestAddressList).flatMap((address) => [...addressBytes(address)]);
  const bytes = new Uint8Array(addressesOffset + addresses.length + trailerLength);
  bytes.set([(version << 4) | 1, fields.virtualRouterId, fields.priority]);
  bytes[3] = Math.min(fields.addresses.length, longestAddressList);
  bytes.set(addresses, addressesOffset);
  return bytes;
}

/** The common fields of a packet whose length has been checked. */
export function readCommon(bytes: Uint8Array, family: Family): CommonFields {
  const size = addressLength(family);
  const addresses: IpAddress[] = [];
  for (let index = 0; index < (bytes[3] ?? 0); index += 1) {
    const start = addressesOffset + index * size;
    const address = addressFromBytes(bytes.subarray(start, start + size));
    if (address !== undefined) addresses.push(address);
  }
  return { virtualRouterId: bytes[1] ?? 0, priority: bytes[2] ?? 0, addresses };
}

/**
 * The packet without Ethernet padding; undefined when it is shorter or longer than its address count demands. The kernel cuts padding off
 * by the IP total length, but a frame below Ethernet's minimum (46 bytes of payload, 26 of them behind the IPv4 header) may reach us uncut.
 */
export function cutToLength(payload: Uint8Array, family: Family, trailerLength: number): Uint8Array | undefined {
  const length = addressesOffset + (payload[3] ?? 0) * addressLength(family) + trailerLength;
  if (payload.length < length) return undefined;
  if (payload.length > length && payload.length > smallestFramePayload) return undefined;
  return payload.subarray(0, length);
}

const smallestFramePayload = 46 - 20;

/** Writes the checksum over the packet, its checksum field being zero, and over what comes before it in `initial`. */
export function writeChecksum(bytes: Uint8Array, initial = 0): void {
  const checksum = internetChecksum(bytes, initial);
  bytes[6] = checksum >> 8;
  bytes[7] = checksum & 0xff;
}

/** Whether the packet together with its checksum field sums up to all ones (RFC 1071). */
export function checksumHolds(bytes: Uint8Array, initial = 0): boolean {
  return onesComplementSum(bytes, initial) === 0xffff;
}

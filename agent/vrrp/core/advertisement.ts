// The VRRP packet, both versions, both families. Decoding never throws and never reads past the end: what a peer did wrong comes
// back as the name of the rule it broke, which is also the name of a counter. Layouts: advertisement-v2.ts, advertisement-v3.ts.

import type { Family, IpAddress } from "../../base/address.ts";
import type { Milliseconds } from "../../base/duration.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { type AdvertisementV2, checkV2, encodeV2, type PassAuthentication } from "./advertisement-v2.ts";
import { type AdvertisementV3, checkV3, encodeV3 } from "./advertisement-v3.ts";

/** What a master tells the other routers of its virtual router. */
export type Advertisement = AdvertisementV2 | AdvertisementV3;

/** The rules that a received packet may break. */
export const packetRules = [
  "length is wrong",
  "time-to-live is not 255",
  "version differs",
  "type is not 1",
  "checksum is wrong",
  "destination differs",
  "authentication type differs",
  "authentication differs",
  "address count is 0",
  "advertisement interval differs",
  "advertisement interval is 0",
] as const;
export type PacketRule = (typeof packetRules)[number];

/** The IP header's facts about a packet. */
export interface Envelope {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** A packet as it came from the wire: `payload` is what lies behind the IP header, up to the IP header's total length. */
export interface ReceivedPacket extends Envelope {
  readonly timeToLive: number;
  readonly payload: Uint8Array;
}

/** What a virtual router accepts. `advertisementInterval` counts in version 2 only, where it must be equal. */
export interface Expectation {
  readonly version: 2 | 3;
  readonly family: Family;
  readonly multicastGroup: IpAddress;
  readonly advertisementInterval: Milliseconds;
  readonly authentication: { readonly type: "none" } | PassAuthentication;
  /** Version 3 too may come without addresses. */
  readonly withoutAddresses?: boolean;
}

/** Writes an advertisement. `withPseudoHeader` concerns version 3 over IPv4 only: version 2 never has it, IPv6 always. */
export function encodeAdvertisement(
  advertisement: Advertisement,
  envelope: Envelope,
  withPseudoHeader: boolean,
): Uint8Array {
  return advertisement.version === 2 ? encodeV2(advertisement) : encodeV3(advertisement, envelope, withPseudoHeader);
}

/**
 * Reads an advertisement, or names the first broken rule. The order is that of RFC 9568, section 7.1 (RFC 3768, section 7.1): whether it
 * is a whole VRRP packet comes before what it says, so that a damaged packet is not counted as a wrong password.
 */
export function decodeAdvertisement(packet: ReceivedPacket, expected: Expectation): Result<Advertisement, PacketRule> {
  const { payload } = packet;
  if (payload.length < headerLength) return fail("length is wrong");
  if (packet.timeToLive !== 255) return fail("time-to-live is not 255");
  if ((payload[0] ?? 0) >> 4 !== expected.version) return fail("version differs");
  if (((payload[0] ?? 0) & 0x0f) !== advertisementType) return fail("type is not 1");
  const decoded = expected.version === 2 ? checkV2(packet, expected) : checkV3(packet, expected);
  if (!decoded.ok) return decoded;
  return packet.destination === expected.multicastGroup ? ok(decoded.value) : fail("destination differs");
}

/** The virtual router that a packet belongs to, read without judging the rest; undefined when it is too short to say (RFC 9568, section 5.2.3). */
export function virtualRouterIdOf(payload: Uint8Array): number | undefined {
  return payload[1];
}

/** The length of the fixed part before the addresses (RFC 9568, section 5.1). */
const headerLength = 8;

/** The only type of VRRP packet (RFC 9568, section 5.2.2). */
const advertisementType = 1;

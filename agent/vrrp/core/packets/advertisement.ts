// The VRRP packet, both versions, both families. Decoding never throws and never reads past the end: what a peer did wrong comes
// back as the name of the rule it broke, which is also the name of a counter. Layouts: advertisement-v2.ts, advertisement-v3.ts.

import { isMulticast } from "../../../base/address.ts";
import { fail, type Result } from "../../../base/result.ts";
import { type AdvertisementV2, checkV2, encodeV2 } from "./advertisement-v2.ts";
import { type AdvertisementV3, checkV3, encodeV3 } from "./advertisement-v3.ts";
import { authenticationHeaderLength } from "./authentication-header.ts";
import type { Envelope, Expectation, PacketRule, ReceivedPacket } from "./received-packet.ts";

/** What a master tells the other routers of its virtual router. */
export type Advertisement = AdvertisementV2 | AdvertisementV3;

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
  const hops = hopsBroken(packet, expected);
  if (hops !== undefined) return fail(hops);
  if ((payload[0] ?? 0) >> 4 !== expected.version) return fail("version differs");
  if (((payload[0] ?? 0) & 0x0f) !== advertisementType) return fail("type is not 1");
  const decoded = expected.version === 2 ? checkV2(packet, expected) : checkV3(packet, expected);
  if (!decoded.ok) return decoded;
  const ends = endsBroken(packet, expected);
  return ends === undefined ? decoded : fail(ends);
}

/** Multicast must not have crossed a router (RFC 9568, section 7.1); a peer may be behind some, within its limits. */
function hopsBroken({ source, timeToLive }: ReceivedPacket, { unicast }: Expectation): PacketRule | undefined {
  if (unicast === undefined) return timeToLive === 255 ? undefined : "time-to-live is not 255";
  const peer = unicast.peers.find(({ address }) => address === source);
  const { minTimeToLive = 0, maxTimeToLive = 255 } = peer ?? {};
  const isWithin = timeToLive >= minTimeToLive && timeToLive <= maxTimeToLive;
  return isWithin ? undefined : "time-to-live is out of its limits";
}

function endsBroken(
  { source, destination }: Envelope,
  { unicast, multicastGroup }: Expectation,
): PacketRule | undefined {
  if (unicast === undefined) return destination === multicastGroup ? undefined : "destination differs";
  if (isMulticast(destination)) return "destination differs";
  const isPeer = !unicast.checkSource || unicast.peers.some(({ address }) => address === source);
  return isPeer ? undefined : "source is no peer";
}

/**
 * The virtual router that a packet belongs to, read without judging the rest; undefined when it is too short to say (RFC 9568, section
 * 5.2.3). With the IP header in hand, the packet is an authentication header of 24 bytes first.
 */
export function virtualRouterIdOf({
  payload,
  header,
}: {
  readonly payload: Uint8Array;
  readonly header?: Uint8Array;
}): number | undefined {
  return payload[header === undefined ? 1 : authenticationHeaderLength + 1];
}

/** The length of the fixed part before the addresses (RFC 9568, section 5.1). */
const headerLength = 8;

/** The only type of VRRP packet (RFC 9568, section 5.2.2). */
const advertisementType = 1;

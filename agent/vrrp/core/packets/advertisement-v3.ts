// Version 3 (RFC 9568, section 5; RFC 5798, section 5): IPv4 and IPv6, centiseconds, no authentication. There are two dialects of the
// IPv4 checksum: keepalived and RFC 5798's text sum the pseudo-header as well, RFC 9568, section 5.2.8 does not. We send the configured one and accept both.

import { addressBytes, familyOf } from "../../../base/address.ts";
import { onesComplementSum } from "../../../base/checksum.ts";
import { centiseconds, type Milliseconds } from "../../../base/duration.ts";
import { fail, ok, type Result } from "../../../base/result.ts";
import {
  type CommonFields,
  checksumHolds,
  cutToLength,
  readCommon,
  writeChecksum,
  writeCommon,
} from "./advertisement-layout.ts";
import type { Envelope, Expectation, PacketRule, ReceivedPacket } from "./received-packet.ts";

/** An advertisement of version 3. `interval` is the sender's, which the backups adopt. */
export interface AdvertisementV3 extends CommonFields {
  readonly version: 3;
  readonly interval: Milliseconds;
}

/** Writes a packet of version 3. */
export function encodeV3(advertisement: AdvertisementV3, envelope: Envelope, withPseudoHeader: boolean): Uint8Array {
  const bytes = writeCommon(3, advertisement, 0);
  const interval = Math.round(advertisement.interval / centiseconds(1)) & longestInterval;
  bytes[4] = interval >> 8;
  bytes[5] = interval & 0xff;
  const withPrefix = withPseudoHeader || familyOf(envelope.source) === "ipv6";
  writeChecksum(bytes, withPrefix ? pseudoHeaderSum(envelope, bytes.length) : 0);
  return bytes;
}

/** Reads a packet of version 3, or names the rule that it breaks (RFC 9568, section 7.1). */
export function checkV3(packet: ReceivedPacket, expected: Expectation): Result<AdvertisementV3, PacketRule> {
  const bytes = cutToLength(packet.payload, expected.family, 0);
  if (bytes === undefined || familyOf(packet.source) !== expected.family) return fail("length is wrong");
  if (!checksumHoldsInSomeDialect(packet, bytes, expected)) return fail("checksum is wrong");
  if (bytes[3] === 0 && expected.withoutAddresses !== true) return fail("address count is 0"); // RFC 9568, section 5.2.5
  const interval = centiseconds((((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0)) & longestInterval);
  // Adopted, it would make the master down interval nothing: everybody would be master at once.
  if (interval === 0) return fail("advertisement interval is 0");
  return ok({ version: 3, ...readCommon(bytes, expected.family), interval });
}

/** The interval has 12 bits; the 4 before it are reserved and ignored (RFC 9568, sections 5.2.6 and 5.2.7). */
const longestInterval = 0x0fff;

const vrrpProtocolNumber = 112;

function checksumHoldsInSomeDialect(packet: ReceivedPacket, bytes: Uint8Array, expected: Expectation): boolean {
  const summed = (part: Uint8Array) => checksumHolds(part, pseudoHeaderSum(packet, part.length));
  // Over IPv6 the sender's kernel sums all that is sent, with a trailer if there is one.
  if (expected.family === "ipv6") return summed(bytes) || (packet.signed !== undefined && summed(packet.signed));
  if (expected.strictChecksum !== true) return summed(bytes) || checksumHolds(bytes);
  return expected.checksumWithPseudoHeader === false ? checksumHolds(bytes) : summed(bytes);
}

/** The sum of source, destination, length and next header (RFC 8200, section 8.1; for IPv4 as RFC 5798, section 5.2.8 has it). */
function pseudoHeaderSum({ source, destination }: Envelope, length: number): number {
  return onesComplementSum(
    Uint8Array.from([...addressBytes(source), ...addressBytes(destination)]),
    vrrpProtocolNumber + length,
  );
}

// Version 2 (RFC 3768, section 5): IPv4, whole seconds, a checksum without pseudo-header, and 8 bytes of authentication data at the
// end of every packet, zero when there is no authentication.

import { addressBytes } from "../../../base/address.ts";
import { type Milliseconds, milliseconds, seconds } from "../../../base/duration.ts";
import { fail, ok, type Result } from "../../../base/result.ts";
import {
  authenticationLength,
  type CommonFields,
  checksumHolds,
  cutToLength,
  readCommon,
  writeChecksum,
  writeCommon,
} from "./advertisement-layout.ts";
import type {
  Expectation,
  HeaderAuthentication,
  PacketRule,
  PassAuthentication,
  ReceivedPacket,
} from "./received-packet.ts";

/** An advertisement of version 2. */
export interface AdvertisementV2 extends CommonFields {
  readonly version: 2;
  readonly interval: Milliseconds;
  readonly authentication: { readonly type: "none" } | PassAuthentication | HeaderAuthentication;
}

/** Writes a packet of version 2. */
export function encodeV2(advertisement: AdvertisementV2): Uint8Array {
  const bytes = writeCommon(2, advertisement, authenticationLength);
  bytes[4] = authenticationTypes[advertisement.authentication.type];
  bytes[5] = Math.round(advertisement.interval / seconds(1));
  if (advertisement.authentication.type === "pass") {
    bytes.set(passwordBytes(advertisement.authentication.password), bytes.length - authenticationLength);
  }
  writeChecksum(bytes);
  return bytes;
}

/** Reads a packet of version 2, or names the rule that it breaks (RFC 3768, section 7.1). */
export function checkV2(packet: ReceivedPacket, expected: Expectation): Result<AdvertisementV2, PacketRule> {
  const bytes = cutToLength(packet.payload, "ipv4", authenticationLength);
  if (bytes === undefined || addressBytes(packet.source).length !== 4) return fail("length is wrong");
  if (!checksumHolds(bytes)) return fail("checksum is wrong");
  if (bytes[4] !== authenticationTypes[expected.authentication.type]) return fail("authentication type differs");
  if (!authenticationHolds(bytes, expected)) return fail("authentication differs");
  const interval = milliseconds((bytes[5] ?? 0) * seconds(1));
  // In version 2 everybody counts with the own interval, so that different ones make two masters (RFC 3768, section 7.1: discard).
  if (interval !== expected.advertisementInterval) return fail("advertisement interval differs");
  return ok({ version: 2, ...readCommon(bytes, "ipv4"), interval, authentication: expected.authentication });
}

/** RFC 2338, section 5.3.6; RFC 3768 kept none and reserved the other numbers. */
const authenticationTypes = { none: 0, pass: 1, ah: 2 } as const;

function authenticationHolds(bytes: Uint8Array, { authentication }: Expectation): boolean {
  if (authentication.type !== "pass") return true; // the data must be ignored then (RFC 3768, section 5.3.10)
  const given = bytes.subarray(bytes.length - authenticationLength);
  // Every byte is looked at, whatever the first ones were: the time taken says nothing about the password.
  return (
    passwordBytes(authentication.password).reduce((sum, byte, index) => sum | (byte ^ (given[index] ?? 0)), 0) === 0
  );
}

function passwordBytes(password: string): Uint8Array {
  const padded = new Uint8Array(authenticationLength);
  padded.set(new TextEncoder().encode(password).subarray(0, authenticationLength));
  return padded;
}

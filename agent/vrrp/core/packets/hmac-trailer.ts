// The trailer of draft-cassen-vrrp-auth-hmac, as keepalived 2.4 sends it (auth_hmac), behind advertisements of either version and family.
//
//   byte 0       type of extension, 1
//   byte 1       number of the key
//   bytes 2-3    reserved, 0
//   bytes 4-11   sequence: Unix seconds (32 bits), a fraction of 2^-16 s (16 bits), a counter (16 bits)
//   bytes 12-27  the first 128 bits of an HMAC-SHA256 over a pseudo-header, the advertisement and the trailer, in which the checksum of the
//                advertisement and the HMAC itself are zero
//
// The pseudo-header: IP version, VRRP version, virtual router identifier, 0, and the source address in 16 bytes. So a packet cannot be
// taken for another sender's or another virtual router's that has the same key.

import { addressBytes, familyOf, type IpAddress } from "../../../base/address.ts";
import { fail, ok, type Result } from "../../../base/result.ts";
import type { VrrpInstanceModel } from "../../../config/model.ts";
import { addressesOffset, addressLength, authenticationLength } from "./advertisement-layout.ts";
import { type Hmac, isSameValue } from "./hmac.ts";
import type { PacketRule, ReceivedPacket } from "./received-packet.ts";

/** The length of the trailer. */
export const trailerLength = 28;

/** The keys by their numbers. */
export type Keys = ReadonlyMap<number, Uint8Array>;

/** The last sequence of each sender, the one that was heard last at the end. */
export type SequencesHeard = readonly { readonly source: IpAddress; readonly sequence: bigint }[];

/** What sequences are held against. */
export type Rules = Pick<NonNullable<VrrpInstanceModel["hmac"]>, "antiReplay" | "timeWindow">;

/** What a trailer is written with. */
export interface Signing {
  readonly hmac: Hmac;
  readonly keyId: number;
  readonly key: Uint8Array;
  readonly sequence: bigint;
}

/** What a trailer is judged by. `wall`: the director's clock, Unix milliseconds. */
export interface Judging {
  readonly hmac: Hmac;
  readonly keys: Keys;
  readonly rules: Rules & Pick<NonNullable<VrrpInstanceModel["hmac"]>, "mode">;
  readonly heard: SequencesHeard;
  readonly wall: number;
}

/** The advertisement with its trailer. */
export function sign(
  advertisement: Uint8Array,
  source: IpAddress,
  { hmac, keyId, key, sequence }: Signing,
): Uint8Array {
  const signed = new Uint8Array(advertisement.length + trailerLength);
  signed.set(advertisement);
  signed.set([extensionType, keyId], advertisement.length);
  new DataView(signed.buffer).setBigUint64(advertisement.length + sequenceOffset, sequence);
  signed.set(trailerValue(signed, source, hmac, key), advertisement.length + valueOffset);
  return signed;
}

/**
 * The next sequence of a sender: its clock, or one more than the last where the clock has not grown. Where times are compared and the clock was set back
 * by more than the window, the receivers would take no more of the last's kind: the clock decides.
 */
export function nextSequence(last: bigint, wall: number, rules: Rules): bigint {
  const seconds = BigInt(Math.floor(wall / 1000)) & 0xffffffffn;
  const fraction = BigInt(Math.floor(((wall % 1000) * 65_536) / 1000));
  const clock = (seconds << 32n) | (fraction << 16n);
  return isLater(clock, last) || isLapsed(last, wall, rules) ? clock : BigInt.asUintN(64, last + 1n);
}

/**
 * The advertisement without its trailer, and the sequences that are known from now on; or the rule that is broken. What costs least comes
 * first, but nothing is remembered of a packet before its HMAC was right.
 */
export function verify(
  packet: ReceivedPacket,
  judging: Judging,
): Result<{ readonly packet: ReceivedPacket; readonly heard: SequencesHeard }, PacketRule> {
  const { payload, source } = packet;
  const length = lengthWithoutTrailer(packet);
  if (payload.length !== length + trailerLength)
    return judging.rules.mode === "enforce" ? fail("hmac is missing") : ok({ packet, heard: judging.heard });
  const trailer = payload.subarray(length);
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  if (trailer[0] !== extensionType || view.getUint16(2) !== 0) return fail("hmac trailer is malformed");
  const sequence = view.getBigUint64(sequenceOffset);
  if (isLapsed(sequence, judging.wall, judging.rules)) return fail("hmac is out of its time");
  const key = judging.keys.get(trailer[1] ?? 0);
  if (key === undefined) return fail("hmac key is not known");
  const expected = trailerValue(payload, source, judging.hmac, key);
  if (!isSameValue(expected, trailer.subarray(valueOffset))) return fail("hmac is wrong");
  const last = judging.heard.find((one) => one.source === source)?.sequence;
  if (last !== undefined && !isLapsed(last, judging.wall, judging.rules) && !isLater(sequence, last))
    return fail("hmac was heard before");
  return ok({
    packet: { ...packet, payload: payload.subarray(0, length), signed: payload },
    heard: remember(judging.heard, source, sequence),
  });
}

const extensionType = 1;
const sequenceOffset = 4;
const valueOffset = 12;
const valueLength = 16;

/** As many senders are remembered of a virtual router. */
const mostSenders = 4;

function remember(heard: SequencesHeard, source: IpAddress, sequence: bigint): SequencesHeard {
  return [...heard.filter((one) => one.source !== source), { source, sequence }].slice(-mostSenders);
}

/** How long the advertisement is by its own words. */
function lengthWithoutTrailer({ payload, source }: ReceivedPacket): number {
  const addresses = (payload[3] ?? 0) * addressLength(familyOf(source));
  return addressesOffset + addresses + ((payload[0] ?? 0) >> 4 === 2 ? authenticationLength : 0);
}

/** Whether a sequence is out of its time. As the last that was heard it bars nothing any more: what it bars is out of its time, too. */
function isLapsed(sequence: bigint, wall: number, { antiReplay, timeWindow }: Rules): boolean {
  const behind = Number(BigInt.asIntN(32, BigInt(Math.floor(wall / 1000)) - (sequence >> 32n)));
  return antiReplay === "time" && Math.abs(behind) > timeWindow / 1000;
}

/** Serial number arithmetic (RFC 1982) on 64 bits: right over the wrap of the seconds. */
function isLater(a: bigint, b: bigint): boolean {
  return BigInt.asIntN(64, a - b) > 0n;
}

function trailerValue(signed: Uint8Array, source: IpAddress, hmac: Hmac, key: Uint8Array): Uint8Array {
  const covered = new Uint8Array(pseudoHeaderLength + signed.length);
  covered.set([familyOf(source) === "ipv4" ? 4 : 6, (signed[0] ?? 0) >> 4, signed[1] ?? 0, 0, ...addressBytes(source)]);
  covered.set(signed, pseudoHeaderLength);
  covered.fill(0, pseudoHeaderLength + 6, pseudoHeaderLength + 8);
  covered.fill(0, covered.length - valueLength);
  return hmac("sha256", key, covered).subarray(0, valueLength);
}

const pseudoHeaderLength = 20;

// The BFD control packet (RFC 5880, section 4.1). Decoding never throws and never reads past the end: what a neighbour did wrong comes back
// as the name of the rule of section 6.8.6 that it broke, which is also the name of a counter.

import { type Milliseconds, milliseconds } from "../../base/duration.ts";
import { fail, ok, type Result } from "../../base/result.ts";

/** The states of a session, in the order of their numbers on the wire (section 4.1). */
export const sessionStates = ["admin-down", "down", "init", "up"] as const;
export type SessionKind = (typeof sessionStates)[number];

/** Why a session left the state up, by its number on the wire (section 4.1). */
export const diagnostics = [
  "no diagnostic",
  "control detection time expired",
  "echo function failed",
  "neighbor signaled session down",
  "forwarding plane reset",
  "path down",
  "concatenated path down",
  "administratively down",
  "reverse concatenated path down",
] as const;
export type Diagnostic = (typeof diagnostics)[number] | "reserved";

/** The rules that a received packet may break: those of section 6.8.6 in their order, then those of RFC 5881, section 5, and RFC 5883, section 5. */
export const packetRules = [
  "version is not 1",
  "length is too small",
  "length is greater than the datagram",
  "detect multiplier is zero",
  "multipoint bit is set",
  "my discriminator is zero",
  "no session has this discriminator",
  "no session with this neighbour",
  "your discriminator is zero in this state",
  "authentication is not in use",
  "time-to-live is too low",
] as const;
export type PacketRule = (typeof packetRules)[number];

/** What one end tells the other. */
export interface ControlPacket {
  readonly diagnostic: Diagnostic;
  readonly state: SessionKind;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly yourDiscriminator: number;
  readonly desiredMinTx: Milliseconds;
  readonly requiredMinRx: Milliseconds;
}

/** Without authentication (section 4.1). */
const packetLength = 24;
const lengthWithAuthentication = 26;
const bits = { poll: 0x20, final: 0x10, authentication: 0x04, demand: 0x02, multipoint: 0x01 } as const;

/** Writes a packet. Echo packets are never asked for. */
export function encodeControlPacket(packet: ControlPacket): Uint8Array {
  const bytes = new Uint8Array(packetLength);
  const view = new DataView(bytes.buffer);
  bytes[0] = (1 << 5) | Math.max(diagnostics.indexOf(packet.diagnostic as (typeof diagnostics)[number]), 0);
  bytes[1] =
    (sessionStates.indexOf(packet.state) << 6) |
    (packet.poll ? bits.poll : 0) |
    (packet.final ? bits.final : 0) |
    (packet.demand ? bits.demand : 0);
  bytes[2] = packet.multiplier;
  bytes[3] = packetLength;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, microseconds(packet.desiredMinTx));
  view.setUint32(16, microseconds(packet.requiredMinRx));
  return bytes;
}

/** Reads a datagram: all of section 6.8.6 that can be judged without knowing the session. */
export function decodeControlPacket(data: Uint8Array): Result<ControlPacket, PacketRule> {
  const [first = 0, second = 0, multiplier = 0, length = 0] = data;
  const has = (bit: number) => (second & bit) !== 0;
  if (data.length < packetLength) return fail("length is too small");
  if (first >> 5 !== 1) return fail("version is not 1");
  if (length < (has(bits.authentication) ? lengthWithAuthentication : packetLength)) return fail("length is too small");
  if (length > data.length) return fail("length is greater than the datagram");
  if (multiplier === 0) return fail("detect multiplier is zero");
  if (has(bits.multipoint)) return fail("multipoint bit is set");
  const view = new DataView(data.buffer, data.byteOffset);
  const state = sessionStates[second >> 6] ?? "down";
  const yourDiscriminator = view.getUint32(8);
  if (view.getUint32(4) === 0) return fail("my discriminator is zero");
  if (yourDiscriminator === 0 && state !== "down" && state !== "admin-down")
    return fail("your discriminator is zero in this state");
  if (has(bits.authentication)) return fail("authentication is not in use");
  return ok({
    diagnostic: diagnostics[first & 0x1f] ?? "reserved",
    state,
    ...{ poll: has(bits.poll), final: has(bits.final), demand: has(bits.demand) },
    ...{ multiplier, myDiscriminator: view.getUint32(4), yourDiscriminator },
    desiredMinTx: milliseconds(view.getUint32(12) / 1000),
    requiredMinRx: milliseconds(view.getUint32(16) / 1000),
  });
}

function microseconds(duration: Milliseconds): number {
  return Math.round(duration * 1000);
}

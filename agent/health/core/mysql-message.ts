// The first exchange of the MySQL protocol ("Connection Phase" of its manual): the server greets or refuses, we say who we are, it judges.

import { fail, ok, type Result } from "../../base/result.ts";

/** A packet that is complete: its payload without the header of length and number. */
export interface MysqlPacket {
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** Greetings and errors are short. */
const longest = 8192;

/** Reads the first packet; undefined while it is incomplete. */
export function readPacket(bytes: Uint8Array): Result<MysqlPacket | undefined, string> {
  if (bytes.length < 4) return ok(undefined);
  const length = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
  if (length === 0 || length > longest) return fail("is not MySQL's");
  if (bytes.length < 4 + length) return ok(undefined);
  return ok({ sequence: bytes[3] ?? 0, payload: bytes.subarray(4, 4 + length), end: 4 + length });
}

/** What a packet of the server is. */
export type MysqlWord =
  | { readonly kind: "greeting"; readonly version: string }
  | { readonly kind: "error"; readonly code: number; readonly text: string }
  | { readonly kind: "goes-on" };

/** The meaning of a payload: 10 begins a greeting of protocol 10, 255 an error, 0 and 254 and 1 answer a login. */
export function readWord(payload: Uint8Array): Result<MysqlWord, string> {
  switch (payload[0]) {
    case 10:
      return ok({ kind: "greeting", version: until0(payload.subarray(1)) });
    case 255:
      return ok({ kind: "error", code: (payload[1] ?? 0) | ((payload[2] ?? 0) << 8), text: errorText(payload) });
    case 0:
    case 1:
    case 254:
      return ok({ kind: "goes-on" });
    default:
      return fail("is not MySQL's");
  }
}

// CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH, CLIENT_LONG_PASSWORD
const capabilities = 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x0000_0001;

/** Our answer to a greeting: a user without a password. An attempt that is broken off before it counts as a host's connection error, and enough of them
 * make the server block the host (max_connect_errors); one that is refused does not. */
export function loginPacket(user: string, sequence: number): Uint8Array {
  const tail = new TextEncoder().encode(`${user}\0\0mysql_native_password\0`);
  const payload = new Uint8Array(32 + tail.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, capabilities, true);
  view.setUint32(4, 1 << 24, true);
  view.setUint8(8, 45); // utf8mb4_general_ci
  payload.set(tail, 32);
  const packet = new Uint8Array(4 + payload.length);
  packet.set([payload.length & 255, payload.length >> 8, 0, sequence]);
  packet.set(payload, 4);
  return packet;
}

/** Older errors have no state after their code. */
function errorText(payload: Uint8Array): string {
  const hasState = payload[3] === 0x23;
  return new TextDecoder().decode(payload.subarray(hasState ? 9 : 3));
}

function until0(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

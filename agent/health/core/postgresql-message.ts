// The first exchange of PostgreSQL's protocol (version 3.0, chapter "Frontend/Backend Protocol" of its manual): who we are, and what the server makes of it.

import { fail, ok, type Result } from "../../base/result.ts";

/** The startup message: length, protocol version 3.0, and pairs of names and values, each ended by a zero. */
export function startupMessage(user: string, database: string): Uint8Array {
  const text = new TextEncoder().encode(`user\0${user}\0database\0${database}\0application_name\0vipward\0\0`);
  const bytes = new Uint8Array(8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, 0x0003_0000);
  bytes.set(text, 8);
  return bytes;
}

/** What the server said: it goes on, or an error with its code. */
export type ServerWord =
  | { readonly kind: "goes-on" }
  | { readonly kind: "error"; readonly code: string; readonly text: string };

const longest = 30_000;

/** Reads the first message; undefined while it is incomplete. */
export function readServerWord(bytes: Uint8Array): Result<ServerWord | undefined, string> {
  const [first] = bytes;
  if (first === undefined) return ok(undefined);
  // R: an authentication request; v: negotiate the version; E: an error.
  const type = String.fromCharCode(first);
  if (type !== "R" && type !== "v" && type !== "E") return fail("is not PostgreSQL's");
  if (bytes.length < 5) return ok(undefined);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (length < 4 || length > longest) return fail("is not PostgreSQL's");
  if (bytes.length < 1 + length) return ok(undefined);
  if (type !== "E") return ok({ kind: "goes-on" });
  return ok({ kind: "error", ...fieldsOf(bytes.subarray(5, 1 + length)) });
}

/** The fields of an error: a letter and a text each. C is the SQLSTATE, M the message. */
function fieldsOf(bytes: Uint8Array): { readonly code: string; readonly text: string } {
  const fields = new TextDecoder().decode(bytes).split("\0");
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1) ?? "";
  return { code: field("C"), text: field("M") };
}

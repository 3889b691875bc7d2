// DNS messages as far as a check needs them (RFC 1035, section 4): one question out, and of the answer its code and its records as text.

import { addressFromBytes } from "../../base/address.ts";
import { fail, ok, type Result } from "../../base/result.ts";

/** The types that can be asked for (RFC 1035, section 3.2.2; RFC 3596; RFC 4034), by the numbers they have on the wire. */
export const dnsTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
} as const;

/** A type by its name. */
export type DnsType = keyof typeof dnsTypes;

/** What a server answered. */
export interface DnsAnswer {
  /** "NOERROR", "NXDOMAIN", … (RFC 1035, section 4.1.1). */
  readonly code: string;
  /** The answer did not fit. */
  readonly truncated: boolean;
  /** The records of the type that was asked for, as text: an address, a name without its last dot, "10 mail.example.com", or a text. */
  readonly records: readonly string[];
}

const header = 12;
const recursionDesired = 0x0100;
const isResponse = 0x8000;
const isTruncated = 0x0200;
const codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** A question as a message. The name is one that the schema let through: labels of 1 to 63 characters, or "." for the root. */
export function dnsQuestion(id: number, name: string, type: DnsType): Uint8Array {
  const labels = name.split(".").filter((label) => label !== "");
  const bytes: number[] = [id >> 8, id & 255, recursionDesired >> 8, recursionDesired & 255, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) bytes.push(label.length, ...new TextEncoder().encode(label));
  bytes.push(0, 0, dnsTypes[type], 0, 1);
  return Uint8Array.from(bytes);
}

/** Reads a message as the answer to a question. "not ours": a message that answers another one, or none. Failure: what is malformed, in words. */
export function readDnsAnswer(bytes: Uint8Array, id: number, type: DnsType): Result<DnsAnswer | "not ours", string> {
  if (bytes.length < header) return fail(`is ${bytes.length} bytes long, less than a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  if (view.getUint16(0) !== id || (flags & isResponse) === 0) return ok("not ours");
  const records = recordsOf(bytes, view, dnsTypes[type]);
  if (!records.ok) return records;
  const number = flags & 15;
  return ok({
    code: codes[number] ?? `code ${number}`,
    truncated: (flags & isTruncated) !== 0,
    records: records.value,
  });
}

function recordsOf(bytes: Uint8Array, view: DataView, type: number): Result<readonly string[], string> {
  const records: string[] = [];
  let at = header;
  for (let left = view.getUint16(4); left > 0; left--) {
    const name = readName(bytes, at);
    if (name === undefined) return fail("has a question that does not fit");
    at = name.end + 4;
  }
  for (let left = view.getUint16(6); left > 0; left--) {
    const name = readName(bytes, at);
    if (name === undefined || name.end + 10 > bytes.length) return fail("has an answer that does not fit");
    const length = view.getUint16(name.end + 8);
    const start = name.end + 10;
    if (start + length > bytes.length) return fail("has an answer that does not fit");
    if (view.getUint16(name.end) === type) records.push(recordText(bytes, start, length, type));
    at = start + length;
  }
  return ok(records);
}

function recordText(bytes: Uint8Array, start: number, length: number, type: number): string {
  const data = bytes.subarray(start, start + length);
  switch (type) {
    case dnsTypes.A:
    case dnsTypes.AAAA:
      return length === (type === dnsTypes.A ? 4 : 16) ? (addressFromBytes(data) ?? hex(data)) : hex(data);
    case dnsTypes.NS:
    case dnsTypes.CNAME:
    case dnsTypes.SOA:
      return readName(bytes, start)?.name ?? hex(data);
    case dnsTypes.MX:
      return `${((data[0] ?? 0) << 8) | (data[1] ?? 0)} ${readName(bytes, start + 2)?.name ?? ""}`;
    case dnsTypes.TXT:
      return textOf(data);
    default:
      return hex(data);
  }
}

/** Character strings, each with its length before it, joined (RFC 1035, section 3.3.14). */
function textOf(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 1 + (data[at] ?? 0))
    text += ascii(data.subarray(at + 1, at + 1 + (data[at] ?? 0)));
  return text;
}

/** A name and where it ends. Each pointer must go back, so that a ring of them ends (RFC 1035, section 4.1.4). */
function readName(bytes: Uint8Array, start: number): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let end: number | undefined;
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0);
      if (target >= at) return undefined;
      end ??= at + 2;
      at = target;
    } else if (length > 63 || at + 1 + length > bytes.length) return undefined;
    else {
      labels.push(ascii(bytes.subarray(at + 1, at + 1 + length)).toLowerCase());
      at += 1 + length;
    }
  }
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

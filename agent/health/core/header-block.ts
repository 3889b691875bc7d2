// Header fields of HTTP/2 (HPACK, RFC 7541), as far as a check needs them: requests are written without any table and without Huffman's code;
// of an answer the status and the location are read. We announce a table of size 0, so that nothing an answer says depends on what was said before.

import { fail, ok, type Result } from "../../base/result.ts";

/** What an answer says in its head. */
export interface AnswerHead {
  readonly status: number;
  readonly location: string | undefined;
}

/** The fields of a request, as bytes (section 6.2.2). Names are in lower case already. */
export function headerBlock(fields: Iterable<readonly [name: string, value: string]>): Uint8Array {
  const bytes: number[] = [];
  for (const [name, value] of fields) bytes.push(0, ...text(name), ...text(value));
  return Uint8Array.from(bytes);
}

/** Reads the fields of an answer; failure: what is malformed, in words. An answer that only announces another one (1xx) has its status, too. */
export function readHeaderBlock(bytes: Uint8Array): Result<AnswerHead, string> {
  const reader = new BlockReader(bytes);
  let status: number | undefined;
  let location: string | undefined;
  while (!reader.isAtEnd) {
    const field = reader.field();
    if (field === "malformed") return malformed;
    if (field?.name === ":status") status = Number(field.value);
    if (field?.name === "location") location = field.value;
  }
  return status !== undefined && status >= 100 && status < 600 ? ok({ status, location }) : malformed;
}

const malformed = fail("has a head that cannot be read");

/** The static table (appendix A), of what is looked at. */
const statuses: readonly (string | undefined)[] = ["200", "204", "206", "304", "400", "404", "500"];
const firstStatus = 8;
const locationIndex = 46;
const lastStatic = 61;

interface Field {
  readonly name: string;
  readonly value: string;
}

class BlockReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Undefined: a field that is not looked at, or the size of the table. */
  field(): Field | "malformed" | undefined {
    const first = this.#bytes[this.#at] ?? 0;
    if (first >= 0x80) return this.#indexed();
    if (first >= 0x20 && first < 0x40) return this.#number(5) === undefined ? "malformed" : undefined;
    const index = this.#number(first >= 0x40 ? 6 : 4);
    if (index === undefined || index > lastStatic) return "malformed";
    const name = index === 0 ? this.#string() : nameOf(index);
    const value = this.#string();
    if (name === "malformed" || value === "malformed") return "malformed";
    return name === undefined || value === undefined ? undefined : { name, value };
  }

  #indexed(): Field | "malformed" | undefined {
    const index = this.#number(7);
    if (index === undefined || index === 0 || index > lastStatic) return "malformed";
    const value = statuses[index - firstStatus];
    return value === undefined ? undefined : { name: ":status", value };
  }

  /** An integer with a prefix of so many bits (section 5.1). */
  #number(bits: number): number | undefined {
    const most = (1 << bits) - 1;
    let value = (this.#bytes[this.#at++] ?? 0) & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  }

  /** A text (section 5.2); undefined: one that has signs which neither a status nor a location has. */
  #string(): string | "malformed" | undefined {
    const isCoded = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#number(7);
    if (length === undefined || this.#at + length > this.#bytes.length) return "malformed";
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return isCoded ? decoded(bytes) : latin1(bytes);
  }
}

function nameOf(index: number): string | undefined {
  if (index >= firstStatus && index < firstStatus + statuses.length) return ":status";
  return index === locationIndex ? "location" : undefined;
}

/** Huffman's code (appendix B) is canonical: the signs of each length in order tell their codes. What is longer than these is no printable ASCII,
 * except for the backslash. */
const signs: ReadonlyMap<number, string> = new Map([
  [5, "012aceiost"],
  [6, " %-./3456789=A_bdfghlmnpru"],
  [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
  [8, "&*,;XZ"],
  [10, '!"()?'],
  [11, "'+|"],
  [12, "#>"],
  [13, "\0$@[]~"],
  [14, "^}"],
  [15, "<`{"],
]);
const longestCode = 15;

function decoded(bytes: Uint8Array): string | undefined {
  let text = "";
  let code = 0;
  let length = 0;
  let first = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    code = (code << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    length += 1;
    first <<= 1;
    const found = signs.get(length);
    const sign = found?.[code - first];
    if (sign !== undefined) {
      text += sign;
      code = 0;
      length = 0;
      first = 0;
    } else if (length === longestCode) return undefined;
    else first += found?.length ?? 0;
  }
  // What is left is padding, ones to the end of the byte.
  return length < 8 && code === (1 << length) - 1 ? text : undefined;
}

function latin1(bytes: Uint8Array): string {
  return bytes.length > 4096 ? "" : String.fromCharCode(...bytes);
}

/** A string with its length as a 7-bit prefix integer, not coded. */
function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...prefixed(bytes.length), ...bytes];
}

function prefixed(value: number): number[] {
  if (value < 127) return [value];
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

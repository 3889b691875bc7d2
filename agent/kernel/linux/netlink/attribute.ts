// Netlink attributes: type, length, value (struct nlattr of linux/netlink.h), which may hold attributes again. Numbers are in host order
// except where a family says otherwise; those are written and read with the functions that say so.

import { isLittleEndian } from "../byte-order.ts";
import { bigEndianHalf, bigEndianWord, halves, quarters, type WordWriter } from "./writer.ts";

/** NLA_F_NESTED: the value is attributes again. */
const nestedFlag = 0x8000;
/** NLA_TYPE_MASK: the two high bits of the type are flags. */
const typeMask = 0x3fff;
/** The size of struct nlattr. */
const headerSize = 4;
/** No family of ours knows a type this high; a reader that made room for 16383 types would be slow. */
const highestType = 255;

/** Writes a number of 8 bits. */
export function writeU8(writer: WordWriter, type: number, value: number): void {
  writeWord(writer, 1, type, quarters(value, 0, 0, 0));
}

/** Writes a number of 16 bits in host order. */
export function writeU16(writer: WordWriter, type: number, value: number): void {
  writeWord(writer, 2, type, halves(value, 0));
}

/** Writes a number of 16 bits in network order: ports. */
export function writeBigEndianU16(writer: WordWriter, type: number, value: number): void {
  writeWord(writer, 2, type, bigEndianHalf(value));
}

/** Writes a number of 32 bits in host order. Negative numbers are written as two's complement. */
export function writeU32(writer: WordWriter, type: number, value: number): void {
  writeWord(writer, 4, type, value);
}

/** Writes a number of 32 bits in network order: IPv4 masks. */
export function writeBigEndianU32(writer: WordWriter, type: number, value: number): void {
  writeWord(writer, 4, type, bigEndianWord(value));
}

/** Writes several words. */
export function writeWords(writer: WordWriter, type: number, words: readonly number[]): void {
  writer.word(halves(headerSize + 4 * words.length, type));
  for (const word of words) writer.word(word);
}

/** Writes bytes as they are. */
export function writeBytes(writer: WordWriter, type: number, value: Uint8Array): void {
  writer.word(halves(headerSize + value.length, type));
  writer.bytes(value);
}

const encoder = new TextEncoder();

/** Writes a text with the zero byte that the kernel wants at its end (NLA_NUL_STRING). */
export function writeText(writer: WordWriter, type: number, value: string): void {
  writeBytes(writer, type, encoder.encode(`${value}\0`));
}

/** Begins an attribute that holds attributes and returns its place, for `endNested`. */
export function beginNested(writer: WordWriter): number {
  return writer.claim(1);
}

/** Ends the attribute that began at `start`: its length is known now. */
export function endNested(writer: WordWriter, start: number, type: number): void {
  writer.words[start] = halves((writer.length - start) * 4, type | nestedFlag);
}

/** An attribute of one word, of which `size` bytes count. */
function writeWord(writer: WordWriter, size: number, type: number, word: number): void {
  const at = writer.claim(2);
  writer.words[at] = halves(headerSize + size, type);
  writer.words[at + 1] = word;
}

const decoder = new TextDecoder();

/** The attributes in a stretch of bytes, found by type. The first of a type counts. A value that is missing or too short is undefined; what is cut off or
 * has an impossible length ends the list. Nothing throws and nothing reads past the end. */
export class Attributes {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  /** By type: where the value starts and ends, 0 when there is none. A value never starts at 0, a header stands before it. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(data: Uint8Array, start = 0, end = data.length, view?: DataView) {
    this.#data = data;
    this.#view = view ?? new DataView(data.buffer, data.byteOffset, data.byteLength);
    const [starts, ends] = [this.#starts, this.#ends];
    for (let at = start; at + headerSize <= end; ) {
      const header = this.#view.getUint32(at, isLittleEndian);
      const length = lengthIn(header);
      if (length < headerSize || at + length > end) break;
      const type = typeIn(header);
      if (type <= highestType && starts[type] === undefined) {
        starts[type] = at + headerSize;
        ends[type] = at + length;
      }
      at += (length + 3) & ~3;
    }
  }

  has(type: number): boolean {
    return this.#has(type, 0);
  }

  u8(type: number): number | undefined {
    return this.#has(type, 1) ? this.#data[this.#start(type)] : undefined;
  }

  u16(type: number): number | undefined {
    return this.#has(type, 2) ? this.#view.getUint16(this.#start(type), isLittleEndian) : undefined;
  }

  /** Network order: ports. */
  bigEndianU16(type: number): number | undefined {
    return this.#has(type, 2) ? this.#view.getUint16(this.#start(type)) : undefined;
  }

  u32(type: number): number | undefined {
    return this.#has(type, 4) ? this.#view.getUint32(this.#start(type), isLittleEndian) : undefined;
  }

  i32(type: number): number | undefined {
    return this.#has(type, 4) ? this.#view.getInt32(this.#start(type), isLittleEndian) : undefined;
  }

  /** Network order: IPv4 masks. */
  bigEndianU32(type: number): number | undefined {
    return this.#has(type, 4) ? this.#view.getUint32(this.#start(type)) : undefined;
  }

  u64(type: number): bigint | undefined {
    return this.#has(type, 8) ? this.#view.getBigUint64(this.#start(type), isLittleEndian) : undefined;
  }

  /** The numbers inside an attribute, of 32 or 64 bits, by their type: for counters, of which a table has hundreds of thousands. */
  numbers(type: number): readonly bigint[] | undefined {
    if (!this.#has(type, 0)) return undefined;
    const numbers: bigint[] = [];
    const end = this.#ends[type] ?? 0;
    for (let at = this.#start(type); at + headerSize <= end; ) {
      const header = this.#view.getUint32(at, isLittleEndian);
      const length = lengthIn(header);
      if (length < headerSize || at + length > end) break;
      const member = typeIn(header);
      if (member <= highestType) numbers[member] = this.#number(at + headerSize, length - headerSize);
      at += (length + 3) & ~3;
    }
    return numbers;
  }

  /** The value as it is; it shares the memory of the message. */
  bytes(type: number): Uint8Array | undefined {
    return this.#has(type, 0) ? this.#data.subarray(this.#start(type), this.#ends[type]) : undefined;
  }

  /** The value as a text, up to its zero byte. */
  text(type: number): string | undefined {
    const bytes = this.bytes(type);
    if (bytes === undefined) return undefined;
    const zero = bytes.indexOf(0);
    return decoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
  }

  /** The attributes inside an attribute. */
  nested(type: number): Attributes | undefined {
    if (!this.#has(type, 0)) return undefined;
    return new Attributes(this.#data, this.#start(type), this.#ends[type], this.#view);
  }

  /** Most counters are zero, and to see that costs less than to make a bigint. */
  #number(at: number, size: number): bigint {
    if (size < 4) return 0n;
    const low = this.#view.getUint32(at, isLittleEndian);
    const isShort = size < 8;
    if (low === 0 && (isShort || this.#view.getUint32(at + 4, isLittleEndian) === 0)) return 0n;
    return isShort ? BigInt(low) : this.#view.getBigUint64(at, isLittleEndian);
  }

  #start(type: number): number {
    return this.#starts[type] ?? 0;
  }

  #has(type: number, size: number): boolean {
    const start = this.#start(type);
    return start !== 0 && start + size <= (this.#ends[type] ?? 0);
  }
}

/** The first two bytes of a header that was read as a word. */
function lengthIn(header: number): number {
  return isLittleEndian ? header & 0xffff : header >>> 16;
}

/** The other two bytes, without the flags. */
function typeIn(header: number): number {
  return (isLittleEndian ? header >>> 16 : header) & typeMask;
}

import { isLittleEndian } from "../byte-order.ts";

/** Memory that grows while netlink messages are written into it: one buffer for the many messages of one send. It is written in words of four bytes, to
 * whose multiples netlink pads everything (NLMSG_ALIGNTO and NLA_ALIGNTO of linux/netlink.h); a word is a number in host order. */
export class WordWriter {
  /** The memory. Take it after `claim`, which may put another in its place. */
  words: Uint32Array;
  #bytes: Uint8Array;
  #length = 0;

  /** `capacity` in words. */
  constructor(capacity = 1024) {
    this.words = new Uint32Array(capacity);
    this.#bytes = new Uint8Array(this.words.buffer);
  }

  /** How many words were written. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for so many words, whose content is undefined, and returns the place of the first. */
  claim(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.words.length) this.#grow();
    return at;
  }

  word(value: number): void {
    const at = this.claim(1);
    this.words[at] = value;
  }

  zeroes(count: number): void {
    const at = this.claim(count);
    this.words.fill(0, at, at + count);
  }

  /** Bytes as they are, padded with zeroes to whole words. */
  bytes(value: Uint8Array): void {
    const at = this.claim((value.length + 3) >> 2);
    this.words[this.#length - 1] = 0;
    this.#bytes.set(value, at * 4);
  }

  /** The bytes of what was written from that word on; valid until the writer is used again. */
  written(start = 0): Uint8Array {
    return this.#bytes.subarray(start * 4, this.#length * 4);
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.#length = 0;
  }

  #grow(): void {
    const words = new Uint32Array(2 ** Math.ceil(Math.log2(this.#length + 1)));
    words.set(this.words);
    this.words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}

/** The word in which `first` fills the first two bytes and `second` the other two, each in host order. */
export function halves(first: number, second: number): number {
  return isLittleEndian ? (first & 0xffff) | (second << 16) : (first << 16) | (second & 0xffff);
}

/** The word of four bytes, in the order of memory. */
export function quarters(a: number, b: number, c: number, d: number): number {
  return isLittleEndian ? a | (b << 8) | (c << 16) | (d << 24) : (a << 24) | (b << 16) | (c << 8) | d;
}

/** The word whose first two bytes are the number in network order. */
export function bigEndianHalf(value: number): number {
  return quarters((value >>> 8) & 0xff, value & 0xff, 0, 0);
}

/** The word that is the number in network order. */
export function bigEndianWord(value: number): number {
  return quarters(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

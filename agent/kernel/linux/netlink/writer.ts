import { isLittleEndian } from "../byte-order.ts";

/** Bytes that grow while they are written: one buffer for the many messages of one send. Numbers are in host order. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#claim(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    // Claimed first: it may put another view in place of this one.
    const at = this.#claim(2);
    this.#view.setUint16(at, value, isLittleEndian);
  }

  u32(value: number): void {
    const at = this.#claim(4);
    this.#view.setUint32(at, value, isLittleEndian);
  }

  bytes(value: Uint8Array): void {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
  }

  /** Zeroes up to the next multiple of four bytes (NLMSG_ALIGNTO and NLA_ALIGNTO of linux/netlink.h). */
  align(): void {
    this.zeroes(-this.#length & 3);
  }

  zeroes(count: number): void {
    const at = this.#claim(count);
    this.#bytes.fill(0, at, at + count);
  }

  /** Overwrites two bytes that were written before: a length that is known only now. */
  patchU16(at: number, value: number): void {
    this.#view.setUint16(at, value, isLittleEndian);
  }

  /** Overwrites four bytes that were written before. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, isLittleEndian);
  }

  /** What was written from `start` on; valid until the writer is used again. */
  written(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.#length = 0;
  }

  #claim(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const bytes = new Uint8Array(2 ** Math.ceil(Math.log2(this.#length + 1)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

// Control records that travel beside a datagram (cmsg(3)): on 64-bit machines, the only ones we run on, a length of eight bytes, level and type of
// four each, the data, all padded to eight bytes. The length counts header and data, not the padding.

import { isLittleEndian } from "./byte-order.ts";

/** One control record. */
export interface ControlRecord {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

const headerSize = 16;

/** Reads the records; what is cut off or has an impossible length ends the list. Nothing throws. */
export function readControl(bytes: Uint8Array): ControlRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: ControlRecord[] = [];
  for (let start = 0; start + headerSize <= bytes.length; ) {
    const length = Number(view.getBigUint64(start, isLittleEndian));
    if (length < headerSize || start + length > bytes.length) break;
    const level = view.getInt32(start + 8, isLittleEndian);
    const type = view.getInt32(start + 12, isLittleEndian);
    records.push({ level, type, data: bytes.subarray(start + headerSize, start + length) });
    start += padded(length);
  }
  return records;
}

/** Writes one record with its padding. */
export function writeControl({ level, type, data }: ControlRecord): Uint8Array {
  const bytes = new Uint8Array(padded(headerSize + data.length));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerSize + data.length), isLittleEndian);
  view.setInt32(8, level, isLittleEndian);
  view.setInt32(12, type, isLittleEndian);
  bytes.set(data, headerSize);
  return bytes;
}

function padded(length: number): number {
  return (length + 7) & ~7;
}

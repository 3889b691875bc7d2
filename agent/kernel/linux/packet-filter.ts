// Classic BPF, which the kernel runs on what a socket is about to receive (linux/bpf_common.h, linux/filter.h): what is not wanted wakes nobody.

import { isLittleEndian } from "./byte-order.ts";

/** What an instruction does: load a word, a half or a byte of the packet, jump if it is equal, end with the number of bytes to deliver. */
export const filterCodes = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  jumpIfEqual: 0x15,
  deliver: 0x06,
} as const;

/** Code, how many instructions to skip if true and if false, and a constant. */
export type FilterInstruction = readonly [code: number, ifTrue: number, ifFalse: number, constant: number];

/** The program as the kernel takes it (struct sock_filter), in the machine's byte order. */
export function filterProgram(instructions: readonly FilterInstruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, constant]] of instructions.entries()) {
    view.setUint16(index * 8, code, isLittleEndian);
    bytes.set([ifTrue, ifFalse], index * 8 + 2);
    view.setUint32(index * 8 + 4, constant, isLittleEndian);
  }
  return bytes;
}

/** A number of 16 bits in the machine's order as `loadHalf` reads it, which takes the first byte for the higher. */
export function halfAsLoaded(value: number): number {
  return isLittleEndian ? ((value & 0xff) << 8) | (value >> 8) : value;
}

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  Attributes,
  beginNested,
  endNested,
  writeBigEndianU16,
  writeBigEndianU32,
  writeBytes,
  writeText,
  writeU8,
  writeU16,
  writeU32,
} from "./attribute.ts";
import { WordWriter } from "./writer.ts";

describe("netlink attributes", () => {
  test("each has a length without padding, a type and a value padded to four bytes", () => {
    expect(written((writer) => writeU8(writer, 13, 1))).toBe("05000d0001000000");
    expect(written((writer) => writeU16(writer, 2, 6))).toBe("0600020006000000");
    expect(written((writer) => writeBigEndianU16(writer, 4, 80))).toBe("0600040000500000");
    expect(written((writer) => writeU32(writer, 5, 300))).toBe("080005002c010000");
    expect(written((writer) => writeU32(writer, 4, -1))).toBe("08000400ffffffff");
    expect(written((writer) => writeBigEndianU32(writer, 9, 0xffffff00))).toBe("08000900ffffff00");
    expect(written((writer) => writeBytes(writer, 3, new Uint8Array([1, 2, 3, 4, 5])))).toBe(
      "0900030001020304" + "05000000",
    );
    expect(written((writer) => writeText(writer, 6, "wrr"))).toBe("0800060077727200");
  });

  test("a nested one says so in its type and counts what is inside", () => {
    const nested = written((writer) => {
      const start = beginNested(writer);
      writeU16(writer, 1, 2);
      writeU32(writer, 5, 7);
      endNested(writer, start, 1);
    });
    expect(nested).toBe("14000180" + "0600010002000000" + "0800050007000000");
  });

  test("values are found by type, in the byte order that is asked for", () => {
    const found = read("05000d0001000000 0600040000500000 08000900ffffff00 0c000b000807060504030201 0800060077727200");
    expect([found.u8(13), found.bigEndianU16(4), found.u16(4), found.bigEndianU32(9), found.u32(9)]).toEqual([
      1, 80, 0x5000, 0xffffff00, 0x00ffffff,
    ]);
    expect(found.i32(9)).toBe(0x00ffffff);
    expect(found.u64(11)).toBe(0x0102030405060708n);
    expect(found.text(6)).toBe("wrr");
    expect(found.bytes(6)?.toHex()).toBe("77727200");
    expect([found.has(13), found.has(14)]).toEqual([true, false]);
  });

  test("nested ones are found whether the kernel marks them or not", () => {
    for (const type of ["0180", "0100"]) expect(read(`0c00${type}0800050007000000`).nested(1)?.u32(5)).toBe(7);
  });

  test("numbers inside an attribute are read whatever their size, and what is no number is zero", () => {
    const inside = "0c00010001000000 01000000 08000200ffffffff 06000400ffff0000 08000600 00000000";
    expect(read(`28000780${inside}`).numbers(7)).toEqual(sparse({ 1: 0x100000001n, 2: 0xffffffffn, 4: 0n, 6: 0n }));
    expect(read(`28000780${inside}`).numbers(8)).toBeUndefined();
    expect(read("0c000780 0c000100 01000000").numbers(7)).toEqual([]);
  });

  test("a value that is missing or too short is undefined", () => {
    const found = read("0600050001020000 04000600");
    expect([found.u32(5), found.i32(5), found.u64(5), found.u32(9), found.u8(6), found.nested(9)]).toEqual(
      Array(6).fill(undefined),
    );
    expect([found.u16(5), found.text(6), found.bytes(6)?.length]).toEqual([0x0201, "", 0]);
  });

  test("the first of a type counts, and what is cut off or has an impossible length ends the list", () => {
    expect(read("0800050001000000 0800050002000000").u32(5)).toBe(1);
    for (const odd of ["0300", "03000500", "00000500", "09000500 01000000"]) expect(read(`${odd}`).has(5)).toBe(false);
    expect(read("0400ff3f 0800050001000000").u32(5)).toBe(1);
  });

  test("whatever comes, reading it does not throw and does not read past the end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(255), (data, type) => {
        const padded = new Uint8Array(data.length + 64).fill(0xee);
        padded.set(data);
        const inside = padded.subarray(0, data.length);
        const found = new Attributes(inside);
        for (const value of [found.u8(type), found.u16(type), found.u32(type), found.u64(type), found.text(type)])
          void value;
        const bytes = found.bytes(type);
        const end = bytes === undefined ? 0 : bytes.byteOffset - inside.byteOffset + bytes.length;
        expect(end).toBeLessThanOrEqual(data.length);
        found.nested(type)?.nested(type)?.u32(type);
        found.numbers(type);
      }),
    );
  });
});

function written(write: (writer: WordWriter) => void): string {
  const writer = new WordWriter(1);
  write(writer);
  return writer.written().toHex();
}

function read(hex: string): Attributes {
  return new Attributes(Uint8Array.fromHex(hex.replaceAll(" ", "")));
}

function sparse(values: Readonly<Record<number, bigint>>): bigint[] {
  const array: bigint[] = [];
  for (const [place, value] of Object.entries(values)) array[Number(place)] = value;
  return array;
}

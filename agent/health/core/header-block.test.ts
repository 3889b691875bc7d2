import { expect, test } from "bun:test";
import fc from "fast-check";
import { headerBlock, readHeaderBlock } from "./header-block.ts";

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ""), "hex");

test("the example of an answer with Huffman's code is read (RFC 7541, C.6.1)", () => {
  const block =
    bytes(`4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b
    97c8 e9ae 82ae 43d3`);
  expect(readHeaderBlock(block)).toEqual({ ok: true, value: { status: 302, location: "https://www.example.com" } });
});

test("the same without the code is read (RFC 7541, C.5.1)", () => {
  const block =
    bytes(`4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e
    1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`);
  expect(readHeaderBlock(block)).toEqual({ ok: true, value: { status: 302, location: "https://www.example.com" } });
});

test("what we write can be read, also where it is long", () => {
  const location = `/${"a".repeat(3000)}`;
  const block = headerBlock([
    [":status", "307"],
    ["location", location],
  ]);
  expect(readHeaderBlock(block)).toEqual({ ok: true, value: { status: 307, location } });
});

test("a head without a status, or that refers to what was never said, is malformed", () => {
  for (const hex of ["", "90", "bf", "ff80808080", "0005", "88 0001"])
    expect(readHeaderBlock(bytes(hex))).toEqual({ ok: false, error: "has a head that cannot be read" });
});

test("any bytes are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (block) => {
      readHeaderBlock(block);
    }),
    { numRuns: 2000 },
  );
});

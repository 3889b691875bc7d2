import { expect, test } from "bun:test";
import fc from "fast-check";
import { readControl, writeControl } from "./ancillary.ts";

test("a control record counts header and data, and is padded to eight bytes", () => {
  const data = new Uint8Array([2, 0, 0, 0, 10, 9, 0, 1, 0, 0, 0, 0]);
  expect(writeControl({ level: 0, type: 8, data }).toHex()).toBe(
    "1c00000000000000" + "0000000008000000" + "020000000a090001" + "0000000000000000",
  );
});

test("several records are read back, the last one without padding too", () => {
  const records = [
    { level: 41, type: 52, data: new Uint8Array([255, 0, 0, 0]) },
    { level: 41, type: 50, data: new Uint8Array(20).fill(7) },
  ];
  const bytes = Buffer.concat(records.map(writeControl));
  expect(readControl(bytes)).toEqual(records);
  expect(readControl(bytes.subarray(0, 24 + 36))).toEqual(records);
});

test("what is cut off, or has an impossible length, ends the list", () => {
  const whole = writeControl({ level: 41, type: 52, data: new Uint8Array([255, 0, 0, 0]) });
  expect(readControl(whole.subarray(0, 19))).toEqual([]);
  expect(readControl(Uint8Array.fromHex("0f000000000000002900000034000000"))).toEqual([]);
  expect(readControl(Uint8Array.fromHex("ffffffffffffffff2900000034000000"))).toEqual([]);
});

test("whatever comes, reading it does not throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readControl(bytes)));
});

import { expect, test } from "bun:test";
import { instant } from "../../base/duration.ts";
import { writeControl } from "./ancillary.ts";
import { arrivalOf } from "./arrival.ts";

/** The kernel's note of a time: seconds and nanoseconds, 8 bytes each, as x86-64 has them. */
function noteOf(seconds: bigint, nanoseconds: bigint): Uint8Array {
  const data = new Uint8Array(16);
  const fields = new DataView(data.buffer);
  fields.setBigInt64(0, seconds, true);
  fields.setBigInt64(8, nanoseconds, true);
  return writeControl({ level: 1, type: 35, data });
}

const now = { monotonic: instant(50_000), realtime: 1_800_000_000_000 };

test("a packet came when the kernel noted it, however late it is looked at", () => {
  expect(arrivalOf(noteOf(1_799_999_999n, 995_500_000n), now)).toBe(instant(49_995.5));
  expect(arrivalOf(noteOf(1_800_000_000n, 0n), now)).toBe(instant(50_000));
});

test("a note that a set clock has made worthless is not believed, nor is one that is missing or cut", () => {
  expect(arrivalOf(noteOf(1_800_003_600n, 0n), now)).toBe(instant(50_000));
  expect(arrivalOf(noteOf(1_799_996_400n, 0n), now)).toBe(instant(50_000));
  expect(arrivalOf(new Uint8Array(), now)).toBe(instant(50_000));
  expect(arrivalOf(writeControl({ level: 1, type: 35, data: new Uint8Array(8) }), now)).toBe(instant(50_000));
});

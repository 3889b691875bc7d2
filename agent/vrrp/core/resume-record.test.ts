import { expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../base/address.ts";
import { instant, milliseconds } from "../../base/duration.ts";
import { decodeResumeRecord, encodeResumeRecord, type ResumeRecord } from "./resume-record.ts";

const record: ResumeRecord = {
  boot: "5f0e",
  instances: [
    {
      name: "web",
      slot: 3,
      interface: "eth0",
      virtualRouterId: 51,
      family: "ipv4",
      version: 3,
      state: "master",
      since: 1_700_000_000_000,
      addresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0" }],
      masterDownInterval: milliseconds(3609),
      lastAdvertisementAt: instant(12345.5),
    },
  ],
};

test("a record is read as it was written", () => {
  expect(decodeResumeRecord(encodeResumeRecord(record))).toEqual({ ok: true, value: record });
});

test("a record that was cut off anywhere is refused, and never read in part", () => {
  const text = encodeResumeRecord(record).trimEnd();
  for (let length = 0; length < text.length; length += 1)
    expect(decodeResumeRecord(text.slice(0, length)).ok).toBe(false);
});

test("a record of another format is refused with the format that was found", () => {
  const text = encodeResumeRecord(record).replace('"format":2', '"format":7');
  expect(decodeResumeRecord(text)).toEqual({ ok: false, error: "its format is 7, expected 2" });
});

test("no JSON whatever makes the decoder throw", () => {
  const like = fc.record({ format: fc.constant(2), boot: fc.string(), instances: fc.array(fc.jsonValue()) });
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), like), (value) => void decodeResumeRecord(JSON.stringify(value))));
});

import { expect, test } from "bun:test";
import { addressCount, addressesIn, formatAddressRange, parseAddressRange } from "./address-range.ts";

const read = (text: string) => {
  const range = parseAddressRange(text);
  return range === undefined ? undefined : formatAddressRange(range);
};

test("ranges are read in every form that keepalived and people write", () => {
  expect(read("10.9.0.100")).toBe("10.9.0.100");
  expect(read("10.9.0.100-120")).toBe("10.9.0.100-10.9.0.120");
  expect(read("10.9.0.100-10.9.1.5")).toBe("10.9.0.100-10.9.1.5");
  expect(read("10.9.0.130/25")).toBe("10.9.0.128-10.9.0.255");
  expect(read("fd00::10-1f")).toBe("fd00::10-fd00::1f");
  expect(read("fd00::/120")).toBe("fd00::-fd00::ff");
});

test("what is no range, or runs backwards, is none", () => {
  for (const text of ["", "web", "10.9.0.100-", "10.9.0.100-99", "10.9.0.100-300", "10.9.0.1-2-3", "10.9.0.1-fd00::1"])
    expect(read(text)).toBeUndefined();
});

test("a range has all its addresses, across the end of an octet", () => {
  const range = parseAddressRange("10.9.0.254-10.9.1.1");
  if (range === undefined) throw new Error("not read");
  expect(addressCount(range)).toBe(4n);
  expect([...addressesIn(range)].map(String)).toEqual(["10.9.0.254", "10.9.0.255", "10.9.1.0", "10.9.1.1"]);
});

import { expect, test } from "bun:test";
import { addressBytes, ip } from "../../../base/address.ts";
import { onesComplementSum } from "../../../base/checksum.ts";
import { duplicateQuestion, neighbourAdvertisement } from "./neighbour-discovery.ts";

const mac = Uint8Array.from([2, 0, 0, 0, 0, 9]);
const virtual = ip("2001:db8::12:3456");

test("the question whether an address is taken comes from nowhere and goes to those who may have it", () => {
  const frame = duplicateQuestion(mac, virtual);
  expect(frame.subarray(0, 14).toHex()).toBe("3333ff12345602000000000986dd");
  expect(frame.subarray(22, 38)).toEqual(addressBytes(ip("::")));
  expect(frame.subarray(38, 54)).toEqual(addressBytes(ip("ff02::1:ff12:3456")));
  expect([frame[54], frame.length]).toEqual([135, 78]);
  expect(frame.subarray(62)).toEqual(addressBytes(virtual));
});

test("both carry a checksum over the pseudo-header, and the hop limit that only the segment itself can give", () => {
  for (const frame of [duplicateQuestion(mac, virtual), neighbourAdvertisement(mac, virtual, true)]) {
    const length = frame.length - 54;
    const pseudoHeader = Uint8Array.from([...frame.subarray(22, 54), 0, 0, 0, length, 0, 0, 0, 58]);
    expect(onesComplementSum(frame.subarray(54), onesComplementSum(pseudoHeader))).toBe(0xffff);
    expect(frame.subarray(18, 22).toHex()).toBe(`00${length.toString(16)}3aff`);
  }
});

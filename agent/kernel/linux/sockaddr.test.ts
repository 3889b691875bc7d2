import { expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../base/address.ts";
import { internetAddress, netlinkAddress, packetAddress, readInternetAddress, unixAddress } from "./sockaddr.ts";

test("socket addresses are laid out as the kernel's headers have them", () => {
  expect(internetAddress(ip("10.9.0.1"), 80).toHex()).toBe("020000500a0900010000000000000000");
  expect(internetAddress(ip("fe80::1"), 80, 3).toHex()).toBe(
    `0a00005000000000${"fe800000000000000000000000000001"}03000000`,
  );
  expect(netlinkAddress(5).toHex()).toBe("100000000000000005000000");
  expect(packetAddress(3, 0x0806).toHex()).toBe("1100080603000000000000000000000000000000");
  expect(unixAddress("/run/x").toHex()).toBe("01002f72756e2f7800");
  expect(unixAddress("@x").toHex()).toBe("01000078");
});

test("an internet address is read back, and nothing else is one", () => {
  for (const address of [ip("10.9.0.1"), ip("2001:db8::1")])
    expect(readInternetAddress(internetAddress(address))).toBe(address);
  expect(readInternetAddress(packetAddress(3))).toBeUndefined();
  expect(readInternetAddress(internetAddress(ip("fe80::1")).subarray(0, 23))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void readInternetAddress(bytes)));
});

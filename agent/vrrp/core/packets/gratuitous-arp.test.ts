import { expect, test } from "bun:test";
import { ip } from "../../../base/address.ts";
import { gratuitousArp } from "./gratuitous-arp.ts";

const mac = Uint8Array.from([2, 0, 0, 0, 0, 9]);
const head = "ffffffffffff" + "020000000009" + "0806" + "0001" + "0800" + "0604";
const sender = "020000000009" + "c0000201";

test("as a request it has a broadcast target, as keepalived sends it", () => {
  expect(gratuitousArp(mac, ip("192.0.2.1")).toHex()).toBe(`${head}0001${sender}ffffffffffffc0000201`);
});

test("as a reply it has its sender as target", () => {
  expect(gratuitousArp(mac, ip("192.0.2.1"), "reply").toHex()).toBe(`${head}0002${sender}${sender}`);
});

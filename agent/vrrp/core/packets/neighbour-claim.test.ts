import { expect, test } from "bun:test";
import { ip } from "../../../base/address.ts";
import { readNeighbourClaim } from "./neighbour-claim.ts";
import { neighbourAdvertisement } from "./neighbour-discovery.ts";

const virtual = ip("2001:db8::100");
const mac = Uint8Array.from([2, 0, 0, 0, 0, 0x77]);

test("an advertisement claims its target for the hardware address that it names", () => {
  const frame = neighbourAdvertisement(mac, virtual, false);
  expect(readNeighbourClaim(frame)).toEqual({ address: virtual, hardwareAddress: mac });
});

test("what came through a router, is too short or is something else claims nothing", () => {
  const frame = neighbourAdvertisement(mac, virtual, false);
  const routed = frame.slice();
  routed[21] = 254;
  const other = frame.slice();
  other[54] = 134;
  for (const wrong of [routed, other, frame.subarray(0, 70), new Uint8Array()])
    expect(readNeighbourClaim(wrong)).toBeUndefined();
});

import { describe, expect, test } from "bun:test";
import { instanceModel } from "../../../test/support/vrrp-defaults.ts";
import { type IpAddress, ip } from "../../base/address.ts";
import { seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Link, LinkAddress } from "../../kernel/links.ts";
import { findEnvironment } from "./environment.ts";

const link: Link = { index: 2, name: "eth0", up: true, running: true, mtu: 1500, hardwareAddress: new Uint8Array(6) };
const virtual = ip("10.9.0.100");

function on(address: string, other: Partial<LinkAddress> = {}): LinkAddress {
  return {
    linkIndex: 2,
    address: ip(address),
    prefixLength: 24,
    secondary: false,
    tentative: false,
    duplicate: false,
    ...other,
  };
}

function source(addresses: readonly LinkAddress[], other: Partial<VrrpInstanceModel> = {}) {
  const found = findEnvironment(instanceModel(other), link, addresses, (address: IpAddress) => address === virtual);
  return found.ready ? found.source : found.missing;
}

describe("advertisements are sent from", () => {
  test.each([
    ["the first address of the interface", [on("10.9.0.1"), on("10.9.1.1")], {}, "10.9.0.1"],
    ["a primary address before a secondary one", [on("10.9.0.7", { secondary: true }), on("10.9.0.1")], {}, "10.9.0.1"],
    [
      "a secondary address when only a virtual one is primary",
      [on("10.9.0.100"), on("10.9.0.1", { secondary: true })],
      {},
      "10.9.0.1",
    ],
    ["never a virtual address", [on("10.9.0.100")], {}, "source address"],
    [
      "the virtual address of its owner, if the kernel keeps it for ever",
      [on("10.9.0.100")],
      { priority: 255 },
      "10.9.0.100",
    ],
    [
      "but not if it is one that we have leased",
      [on("10.9.0.100", { validFor: seconds(9) })],
      { priority: 255 },
      "source address",
    ],
    [
      "the configured address if it is there",
      [on("10.9.0.1"), on("10.9.0.2")],
      { sourceAddress: ip("10.9.0.2") },
      "10.9.0.2",
    ],
    ["no other than the configured address", [on("10.9.0.1")], { sourceAddress: ip("10.9.0.2") }, "source address"],
    ["an address of the instance's family", [on("fe80::1"), on("10.9.0.1")], {}, "10.9.0.1"],
    ["the link-local address in IPv6", [on("2001:db8::1"), on("fe80::1")], { family: "ipv6" }, "fe80::1"],
    ["no address that may be a duplicate", [on("fe80::1", { tentative: true })], { family: "ipv6" }, "source address"],
  ] as const)("%s", (_, addresses, other, expected) => {
    expect(source(addresses, other) as string).toBe(expected);
  });
});

test("an interface that is not there, is down, or has no carrier is what is missing", () => {
  const missing = (found: Link | undefined) => findEnvironment(instanceModel(), found, [on("10.9.0.1")], () => false);
  expect([missing(undefined), missing({ ...link, up: false }), missing({ ...link, running: false })]).toEqual([
    { ready: false, missing: "interface" },
    { ready: false, missing: "link" },
    { ready: false, missing: "link" },
  ]);
});

import { expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { extraAddresses } from "./entering.ts";

const link = { kind: "macvlan", parent: "eth0", interface: "vrrp.51", advertisesOnParent: false } as const;
const onLinks = ["eth0", "eth1", "vrrp.51", "vrrp.51.eth2"].map((name, index) => ({
  ...{ address: ip(`10.9.0.${index}`), prefixLength: 24, interface: name },
}));

function announced(other: object, all: boolean): string[] {
  const config = { interface: "eth0", virtualAddresses: onLinks, gratuitousArp: { extraAllInterfaces: all }, ...other };
  return extraAddresses(config as unknown as VrrpInstanceModel).map((one) => one.interface);
}

const ofAddress = { ...link, interface: "vrrp.51.eth2", parent: "eth2" };

test("where no advertisement leaves, addresses with a virtual MAC are announced again, and all others on request", () => {
  expect(announced({ addressLinks: [ofAddress] }, false)).toEqual(["vrrp.51.eth2"]);
  expect(announced({ addressLinks: [ofAddress] }, true)).toEqual(["eth1", "vrrp.51", "vrrp.51.eth2"]);
});

test("the virtual MAC that advertises needs no more, one whose interface below advertises does", () => {
  expect(announced({ virtualLink: link, addressLinks: [ofAddress] }, false)).toEqual(["vrrp.51.eth2"]);
  expect(announced({ virtualLink: { ...link, advertisesOnParent: true } }, false)).toEqual(["vrrp.51"]);
});

test("an ipvlan has the hardware address of the interface below, which advertises", () => {
  expect(announced({ virtualLink: { ...link, kind: "ipvlan", advertisesOnParent: true } }, false)).toEqual([]);
});

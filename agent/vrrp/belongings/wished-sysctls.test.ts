import { expect, test } from "bun:test";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { wishedSysctls } from "./wished-sysctls.ts";

const virtualLink = {
  instance: "web",
  kind: "macvlan",
  interface: "vrrp.51",
  parent: "eth0",
  family: "ipv4",
  advertisesOnParent: false,
};
const instances = [{ interface: "eth0", virtualAddresses: [], virtualLink }] as unknown as VrrpInstanceModel[];
const filters = (wished: ReadonlyMap<string, string>) =>
  [...wished].filter(([path]) => path.endsWith("/rp_filter")).map(([path, value]) => `${path.split("/")[2]} ${value}`);

test("a virtual MAC is not filtered by its source: what all interfaces had is handed down to each of them, the stricter counts", () => {
  const before: Readonly<Record<string, string>> = { all: "1", eth0: "0", eth1: "2" };
  const wished = wishedSysctls(instances, ["eth0", "eth1", "vrrp.51"], (path) => before[path.split("/")[2] ?? ""]);
  expect(filters(wished)).toEqual(["vrrp.51 0", "eth0 1", "eth1 2", "all 0"]);
});

test("where nothing is filtered for all interfaces, theirs stay as they are", () => {
  expect(filters(wishedSysctls(instances, ["eth0", "eth1"], () => "0"))).toEqual(["vrrp.51 0"]);
});

test("on a virtual MAC of IPv6 the kernel makes no addresses of its own, on one without IPv6 there is none", () => {
  const ipv6 = (wished: ReadonlyMap<string, string>) => [...wished].filter(([path]) => path.startsWith("ipv6"));
  expect(ipv6(wishedSysctls(instances, [], () => "0"))).toEqual([["ipv6/conf/vrrp.51/disable_ipv6", "1"]]);
  const other = [{ ...instances[0], virtualLink: { ...virtualLink, family: "ipv6" } }] as VrrpInstanceModel[];
  const wished = wishedSysctls(other, [], () => "0");
  expect(ipv6(wished)).toEqual([
    ["ipv6/conf/vrrp.51/disable_ipv6", "0"],
    ["ipv6/conf/vrrp.51/accept_ra", "0"],
    ["ipv6/conf/vrrp.51/autoconf", "0"],
    ["ipv6/conf/vrrp.51/accept_dad", "0"],
  ]);
  expect(wished.size).toBe(4);
});

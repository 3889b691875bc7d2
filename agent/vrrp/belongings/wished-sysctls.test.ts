import { expect, test } from "bun:test";
import type { VrrpInstanceModel } from "../../config/model.ts";
import { wishedSysctls } from "./wished-sysctls.ts";

const virtualLink = {
  instance: "web",
  kind: "macvlan",
  interface: "vrrp.51",
  parent: "eth0",
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

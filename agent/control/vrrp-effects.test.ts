import { describe, expect, test } from "bun:test";
import { instanceModel, vrrpModel } from "../../test/support/vrrp-defaults.ts";
import { ip } from "../base/address.ts";
import type { InstanceView } from "../vrrp/view.ts";
import { vrrpEffects } from "./vrrp-effects.ts";

function view(state: InstanceView["state"], masterPriority = 150): InstanceView {
  return { name: "web", state, masterPriority } as InstanceView;
}

test("an instance that does not change is left out", () => {
  expect(vrrpEffects(vrrpModel(instanceModel()), vrrpModel(instanceModel()), [view("master")])).toEqual([]);
});

test("a new instance starts as backup; an address owner becomes master at once", () => {
  expect(vrrpEffects(vrrpModel(), vrrpModel(instanceModel()), [])).toMatchObject([
    { change: "added", addedAddresses: ["10.9.0.100/24"], explanation: expect.stringContaining("starts as backup") },
  ]);
  expect(vrrpEffects(vrrpModel(), vrrpModel(instanceModel({ priority: 255 })), [])).toMatchObject([
    { expectedState: "master" },
  ]);
});

test("a removed master hands over; a removed backup just ends", () => {
  const removal = (state: InstanceView["state"]) =>
    vrrpEffects(vrrpModel(instanceModel()), vrrpModel(), [view(state)])[0];
  expect(removal("master")).toMatchObject({ change: "removed", removedAddresses: ["10.9.0.100/24"] });
  expect(removal("master")?.explanation).toContain("priority 0");
  expect(removal("backup")?.explanation).toBe("ends; it holds no addresses");
});

test("another VRID, interface or version is a restart", () => {
  for (const change of [{ virtualRouterId: 52 }, { interface: "eth1" }, { version: 2 as const }])
    expect(vrrpEffects(vrrpModel(instanceModel()), vrrpModel(instanceModel(change)), [view("master")])).toMatchObject([
      { change: "restarted", state: "master" },
    ]);
});

test("an instance that only gets another name is still the same virtual router, and keeps its state", () => {
  expect(vrrpEffects(vrrpModel(instanceModel()), vrrpModel(instanceModel({ name: "shop" })), [view("master")])).toEqual(
    [
      {
        instance: "shop",
        change: "changed",
        state: "master",
        expectedState: "master",
        addedAddresses: [],
        removedAddresses: [],
        explanation: "was called web: changes in place and keeps its state",
      },
    ],
  );
});

test("two instances that exchange their names both change in place", () => {
  const [web, shop] = [instanceModel(), instanceModel({ name: "shop", virtualRouterId: 52 })];
  const after = vrrpModel({ ...web, name: "shop" }, { ...shop, name: "web" });
  expect(vrrpEffects(vrrpModel(web, shop), after, []).map(({ instance: name, change }) => [name, change])).toEqual([
    ["shop", "changed"],
    ["web", "changed"],
  ]);
});

test("another multicast group or source address is no other virtual router", () => {
  for (const change of [{ multicastGroup: ip("224.0.0.99") }, { sourceAddress: ip("10.9.0.1") }])
    expect(vrrpEffects(vrrpModel(instanceModel()), vrrpModel(instanceModel(change)), [view("master")])).toMatchObject([
      { change: "changed", expectedState: "master" },
    ]);
});

test("addresses that come and go are named, and the instance keeps its state", () => {
  const virtualAddresses = [{ address: ip("10.9.0.101"), prefixLength: 24, interface: "eth0" }];
  expect(
    vrrpEffects(vrrpModel(instanceModel()), vrrpModel(instanceModel({ virtualAddresses })), [view("master")]),
  ).toEqual([
    {
      instance: "web",
      change: "changed",
      state: "master",
      expectedState: "master",
      addedAddresses: ["10.9.0.101/24"],
      removedAddresses: ["10.9.0.100/24"],
      explanation: "changes in place and keeps its state",
    },
  ]);
});

describe("a new priority", () => {
  const cases = [
    ["a master that rises stays master", "master", 100, 120, true, "master"],
    ["a master that falls may be preempted: the others decide", "master", 100, 90, true, undefined],
    ["a backup above the master takes over", "backup", 100, 200, true, "master"],
    ["a backup above the master that does not preempt stays", "backup", 100, 200, false, "backup"],
    ["a backup at or below the master stays", "backup", 100, 150, true, "backup"],
  ] as const;
  for (const [name, state, before, after, preempt, expectedState] of cases)
    test(name, () => {
      const effects = vrrpEffects(
        vrrpModel(instanceModel({ priority: before, preempt })),
        vrrpModel(instanceModel({ priority: after, preempt })),
        [view(state)],
      );
      expect(effects[0]?.expectedState).toBe(expectedState as never);
      expect(effects[0]?.explanation).toStartWith(`priority ${before} becomes ${after}`);
    });
});

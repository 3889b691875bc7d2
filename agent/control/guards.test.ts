import { describe, expect, test } from "bun:test";
import { ip } from "../base/address.ts";
import type { Model } from "../config/model.ts";
import { validateSettings } from "../config/validate.ts";
import { exceededGuards, type GuardedChange, type GuardName } from "./guards.ts";

/** Services on 10.9.0.1, 10.9.0.2 …, each with these real servers, and an instance that holds their addresses. */
function model(services: number, realServers: readonly number[] = [1, 2]): Model {
  const numbers = Array.from({ length: services }, (_, index) => index + 1);
  const instance = { name: "web", interface: "eth0", virtualRouterId: 1 };
  const { model: found, issues } = validateSettings({
    vrrpInstances:
      services === 0 ? [] : [{ ...instance, virtualAddresses: numbers.map((number) => `10.9.0.${number}/24`) }],
    virtualServers: numbers.map((number) => ({
      address: `10.9.0.${number}`,
      port: 80,
      protocol: "tcp",
      realServers: realServers.map((last) => ({ address: `10.9.1.${last}` })),
    })),
  });
  if (found === undefined) throw new Error(JSON.stringify(issues));
  return found;
}

async function names(change: Partial<GuardedChange>, healthy: readonly string[] = []): Promise<readonly GuardName[]> {
  const whole = { before: model(1), after: model(1), wish: { overrides: [] }, ...change };
  const exceeded = await exceededGuards(whole, async () => () => healthy);
  return exceeded.map(({ guard }) => guard);
}

describe("what is removed", () => {
  test("ten addresses and servers may be, eleven may not", async () => {
    expect(await names({ before: model(12), after: model(2) })).toEqual([]);
    expect(await names({ before: model(12), after: model(1) })).toEqual([
      "max_removed_virtual_addresses",
      "max_removed_virtual_servers",
    ]);
  });

  test("the caller may set other limits", async () => {
    const wish = { maxRemovedVirtualAddresses: 0, maxRemovedVirtualServers: 1, overrides: [] };
    expect(await names({ before: model(2), after: model(1), wish })).toEqual(["max_removed_virtual_addresses"]);
  });

  test("an overridden guard does not hold, the others do", async () => {
    const wish = { overrides: [{ guard: "max_removed_virtual_servers", reason: "the site closes" } as const] };
    expect(await names({ before: model(12), after: model(1), wish })).toEqual(["max_removed_virtual_addresses"]);
  });
});

describe("the last real server that is up", () => {
  const before = model(1, [1, 2]);
  const after = model(1, [2]);

  test("is not removed while the others are down", async () => {
    expect(await names({ before, after }, ["10.9.1.1:80"])).toEqual(["last_healthy_real_server"]);
  });

  test("may be removed when another one is up, or none is", async () => {
    expect(await names({ before, after }, ["10.9.1.1:80", "10.9.1.2:80"])).toEqual([]);
    expect(await names({ before, after }, [])).toEqual([]);
  });

  test("may go with its virtual server", async () => {
    expect(await names({ before, after: model(0) }, ["10.9.1.1:80"])).toEqual([]);
  });
});

describe("the address of the call", () => {
  const localAddress = ip("10.9.0.2");

  test("is not removed", async () => {
    expect(await names({ before: model(2), after: model(1), localAddress })).toEqual(["connection_address"]);
  });

  test("stays where it is: on its interface, with its virtual router", async () => {
    const on = (change: object, instance = {}) => {
      const own = {
        name: "web",
        interface: "eth0",
        virtualRouterId: 1,
        virtualAddresses: ["10.9.0.2/24"],
        ...instance,
      };
      const { model: found, issues } = validateSettings({ vrrpInstances: [own], ...change });
      if (found === undefined) throw new Error(JSON.stringify(issues));
      return found;
    };
    const described = async (before: Model, after: Model) => {
      const change = { before, after, wish: { overrides: [] }, localAddress };
      return (await exceededGuards(change, async () => () => [])).map(({ description }) => description);
    };
    const elsewhere = { virtualAddresses: [{ address: "10.9.0.2/24", interface: "eth1" }] };
    expect(await described(on({}), on({}, { priority: 99 }))).toEqual([]);
    expect(await described(on({}), on({}, elsewhere))).toEqual([
      "this call came to 10.9.0.2, which would go from eth0 to eth1",
    ]);
    expect(await described(on({}), on({}, { virtualRouterId: 2 }))).toEqual([
      "this call came to 10.9.0.2, which would go away for a while, since another virtual router would hold it",
    ]);
    const [withMac] = await described(on({}), on({}, { virtualMac: {} }));
    expect(withMac).toContain("(macvlan on eth0, 00:00:5e:00:01:01)");
    const others = { virtualAddresses: ["10.9.0.3/24"] };
    const fixed = { staticAddresses: [{ address: "10.9.0.2/24", interface: "eth0" }] };
    expect(await described(on(fixed, others), on({}, others))).toEqual([
      "this call came to 10.9.0.2, which would be removed",
    ]);
    expect(await described(on({}, { excludedAddresses: ["10.9.0.2/24"], ...others }), on({}, others))).toHaveLength(1);
  });

  test("is no matter when it stays, or was no virtual address", async () => {
    expect(await names({ before: model(2), after: model(2), localAddress })).toEqual([]);
    expect(await names({ before: model(2), after: model(1), localAddress: ip("192.0.2.1") })).toEqual([]);
  });
});

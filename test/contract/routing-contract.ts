// What the agent believes about routes and rules of its own, whichever kernel is behind the ports.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import type { Encapsulation } from "../../agent/kernel/encapsulation.ts";
import { isSameRoute, mainTable, type Route, type RoutesPort } from "../../agent/kernel/routes.ts";
import { isSameRule, type Rule, type RulesPort } from "../../agent/kernel/rules.ts";

import { codeThrown } from "./links-contract.ts";

/** A namespace whose interface `link` has 10.1.0.1/24 and 2001:db8::1/64, and the hands to disturb it. */
export interface RoutingWorld extends AsyncDisposable {
  readonly link: number;
  readonly routes: RoutesPort;
  readonly rules: RulesPort;
  /** Somebody else adds a route that is not ours: the same as `route`, which is to 10.9.0.0/16 by 10.1.0.254. */
  addForeignRoute(route: Route): void;
  foreignRoutes(): number;
  removeByHand(object: Route | Rule): void;
  until(what: string, condition: () => boolean): Promise<void>;
}

/** The cases. */
export function routingContract(title: string, why: string | undefined, makeWorld: () => RoutingWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: RoutingWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(() => world[Symbol.asyncDispose]());

    const route = (other: Partial<Route> = {}): Route => ({
      family: "ipv4",
      kind: "unicast",
      destination: { address: ip("10.9.0.0"), prefixLength: 16 },
      table: mainTable,
      tos: 0,
      metric: 0,
      scope: 0,
      nextHops: [{ via: ip("10.1.0.254"), linkIndex: world.link, weight: 1, onlink: false }],
      metrics: {},
      locked: [],
      ...other,
    });
    const route6 = (other: Partial<Route> = {}): Route =>
      route({
        family: "ipv6",
        destination: { address: ip("2001:db8:9::"), prefixLength: 48 },
        nextHops: [{ via: ip("2001:db8::fe"), linkIndex: world.link, weight: 1, onlink: false }],
        ...other,
      });
    const rule = (other: Partial<Rule> = {}): Rule => ({
      ...{ family: "ipv4", priority: 100, action: "lookup", table: 100, tos: 0 },
      ...other,
    });
    const everyRoute = (): readonly Route[] => [
      route(),
      route({ nextHops: [{ via: ip("10.1.0.254"), weight: 1, onlink: false }] }),
      route({ nextHops: [{ linkIndex: world.link, weight: 1, onlink: false }], scope: 253 }),
      route({ nextHops: [{ via: ip("192.0.2.1"), linkIndex: world.link, weight: 1, onlink: true }] }),
      route({ destination: { address: ip("0.0.0.0"), prefixLength: 0 }, table: 1000, metric: 77, tos: 16 }),
      route({ congestionControl: "cubic", metrics: { features: 1 } }),
      route({ preferredSource: ip("10.1.0.1"), metrics: { mtu: 1400, advmss: 1360, initcwnd: 20 }, locked: ["mtu"] }),
      route({
        nextHops: [1, 3]
          .map((weight) => ({ via: ip(`10.1.0.${weight}`), linkIndex: world.link, weight, onlink: false }))
          .map((hop) => ({ ...hop, via: hop.weight === 1 ? ip("10.1.0.253") : ip("10.1.0.254") })),
      }),
      ...(["blackhole", "unreachable", "prohibit", "throw"] as const).map((kind) =>
        route({ kind, nextHops: [], table: 300 }),
      ),
      route6(),
      route6({ metric: 5, metrics: { mtu: 1400 }, preferredSource: ip("2001:db8::1") }),
      route6({ preference: "high", congestionControl: "cubic" }),
      route6({ preference: "low", metrics: { features: 1, fastopen_no_cookie: 1 } }),
      route6({ destination: { address: ip("::"), prefixLength: 0 }, table: 1000 }),
      route6({ nextHops: [{ linkIndex: world.link, weight: 1, onlink: false }] }),
      ...(["blackhole", "unreachable", "prohibit"] as const).map((kind) => route6({ kind, nextHops: [], table: 300 })),
    ];
    const everyRule = (): readonly Rule[] => [
      rule(),
      rule({ from: { address: ip("10.9.0.0"), prefixLength: 16 }, to: { address: ip("10.8.0.1"), prefixLength: 32 } }),
      rule({ mark: { value: 7, mask: 0xff }, incoming: "eth0", outgoing: "lo", tos: 16, table: 1000 }),
      rule({ mark: { value: 7, mask: 0xffffffff }, not: true }),
      rule({ users: { from: 1000, to: 2000 }, protocol: 6 }),
      rule({ protocol: 17, sourcePorts: { from: 53, to: 53 }, destinationPorts: { from: 1000, to: 2000 } }),
      rule({ suppressPrefixLength: 0, table: mainTable }),
      rule({ tunnelId: 42 }),
      rule({ suppressGroup: 3, table: mainTable }),
      rule({ action: "goto", target: 32766, table: 0 }),
      ...(["blackhole", "unreachable", "prohibit", "nop"] as const).map((action) => rule({ action, table: 0 })),
      rule({ family: "ipv6", from: { address: ip("2001:db8::"), prefixLength: 32 } }),
    ];

    test("each kind of route is found as it was wished, again after it was put twice, and gone when removed", () => {
      for (const wished of everyRoute()) {
        world.routes.put(wished);
        world.routes.put(wished);
        const found = world.routes.ours();
        expect({ wished, found, same: found.map((one) => isSameRoute(wished, one)) }).toMatchObject({ same: [true] });
        world.routes.remove(wished);
        world.routes.remove(wished);
        expect(world.routes.ours()).toEqual([]);
      }
    });

    test("each kind of rule is found as it was wished, again after it was put twice, and gone when removed", () => {
      for (const wished of everyRule()) {
        world.rules.put(wished);
        world.rules.put(wished);
        const found = world.rules.ours();
        expect({ wished, found, same: found.map((one) => isSameRule(wished, one)) }).toMatchObject({ same: [true] });
        world.rules.remove(wished);
        world.rules.remove(wished);
        expect(world.rules.ours()).toEqual([]);
      }
    });

    test("a realm is there as it was wished, or refused by a kernel that has none, which leaves nothing behind", () => {
      for (const [port, wished] of [
        [world.routes, route({ realm: 0x30007 })],
        [world.rules, rule({ realm: 7, tunnelId: 42 })],
      ] as const) {
        const code = codeThrown(() => port.put(wished as Route & Rule));
        const found = port.ours().map((one) => one.realm);
        expect([code, found]).toEqual(code === undefined ? [undefined, [wished.realm]] : ["EOPNOTSUPP", []]);
        port.remove(wished as Route & Rule);
        expect(port.ours()).toEqual([]);
      }
    });

    test("packets are wrapped as it was wished, or the route is refused by a kernel that cannot, which leaves nothing behind", () => {
      const hop = (encapsulation: Encapsulation) => ({
        ...route().nextHops[0],
        weight: 1,
        onlink: false,
        encapsulation,
      });
      const hop6 = (encapsulation: Encapsulation) => ({
        ...route6().nextHops[0],
        weight: 1,
        onlink: false,
        encapsulation,
      });
      const outer: Encapsulation = { kind: "ip", id: 0x12345678, destination: ip("10.7.0.1"), source: ip("10.7.0.2") };
      const outer6: Encapsulation = { kind: "ip6", destination: ip("2001:db8:7::1"), tos: 16, ttl: 63 };
      const labels: Encapsulation = { kind: "mpls", labels: [100, 1_048_575] };
      for (const wished of [
        route({ nextHops: [hop({ ...outer, tos: 16, ttl: 64, flags: 4 })] }),
        route({ nextHops: [hop(outer6)] }),
        route({
          nextHops: [
            hop({ kind: "ip", id: 7 }),
            { via: ip("10.1.0.253"), linkIndex: world.link, weight: 3, onlink: false },
          ],
        }),
        route6({ nextHops: [hop6(outer)] }),
        route6({ nextHops: [hop6(outer6)] }),
        route({ nextHops: [hop(labels)] }),
        route6({ nextHops: [hop6(labels)] }),
        route6({
          destination: { address: ip("2001:db8:9::2000:0:0:1"), prefixLength: 128 },
          nextHops: [hop6({ kind: "ila", locator: "2001:db8:0:ffff" })],
        }),
      ]) {
        const code = codeThrown(() => world.routes.put(wished));
        const found = world.routes.ours();
        const same = found.map((one) => isSameRoute(wished, one));
        expect({ wished, found, code, same }).toMatchObject(
          code === undefined ? { same: [true] } : { code: "EOPNOTSUPP", found: [] },
        );
        // Another header would be another route.
        if (code === undefined)
          expect(isSameRoute(route({ ...wished, nextHops: [hop({ kind: "ip", id: 8 })] }), wished)).toBe(false);
        world.routes.remove(wished);
        expect(world.routes.ours()).toEqual([]);
      }
    });

    test("a route that expires is the same without its time", () => {
      const wished = route6({ expires: 300 });
      world.routes.put(wished);
      expect(world.routes.ours().map((one) => [isSameRoute(wished, one), isSameRoute(route6(), one)])).toEqual([
        [true, true],
      ]);
    });

    test("a route of somebody else to the same destination is not ours, and stays", () => {
      world.addForeignRoute(route());
      expect(world.routes.ours()).toEqual([]);
      world.routes.put(route());
      expect(world.routes.ours().length).toBe(1);
      world.routes.remove(route());
      expect([world.routes.ours().length, world.foreignRoutes()]).toEqual([0, 1]);
    });

    test("who watches is told when one of ours is removed", async () => {
      for (const [port, object] of [
        [world.routes, route()],
        [world.rules, rule()],
      ] as const) {
        let told = 0;
        const watch = port.watch(() => {
          told += 1;
        });
        port.put(object as Route & Rule);
        world.removeByHand(object);
        await world.until("the watcher is told", () => told > 0);
        watch.close();
      }
    });
  });
}

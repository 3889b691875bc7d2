import { setDefaultTimeout } from "bun:test";
import { LinuxLinks } from "../../agent/kernel/linux/links.ts";
import { LinuxRoutes } from "../../agent/kernel/linux/routes.ts";
import { LinuxRules } from "../../agent/kernel/linux/rules.ts";
import { MemoryRoutes, MemoryRules } from "../../agent/kernel/memory/routing.ts";
import type { Route } from "../../agent/kernel/routes.ts";
import type { Rule } from "../../agent/kernel/rules.ts";
import { KERNEL_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";
import { type RoutingWorld, routingContract } from "./routing-contract.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

routingContract("routes and rules in memory", undefined, memoryWorld);
routingContract(linuxTitle("routes and rules", whyNoNamespaces), whyNoNamespaces, linuxWorld);

const isRule = (object: Route | Rule): object is Rule => "action" in object;

function memoryWorld(): RoutingWorld {
  const [routes, rules] = [new MemoryRoutes(), new MemoryRules()];
  let foreign = 0;
  return {
    ...{ link: 2, routes, rules },
    addForeignRoute: () => {
      foreign += 1;
    },
    foreignRoutes: () => foreign,
    removeByHand: (object) => (isRule(object) ? rules.disturb(object) : routes.disturb(object)),
    until: async (what, condition) => void (await until(condition, { what })),
    [Symbol.asyncDispose]: async () => routes.close(),
  };
}

function linuxWorld(): RoutingWorld {
  const namespace = quietNamespace();
  namespace.ip("link", "add", "eth0", "type", "veth", "peer", "name", "far0");
  for (const name of ["eth0", "far0"]) namespace.ip("link", "set", name, "up");
  for (const address of ["10.1.0.1/24", "2001:db8::1/64"]) namespace.ip("address", "add", address, "dev", "eth0");
  const { links, routes, rules } = namespace.inside(() => ({
    ...{ links: new LinuxLinks(), routes: new LinuxRoutes(), rules: new LinuxRules() },
  }));
  const name = namespace.path.replace("/run/netns/", "");
  return {
    link: links.links().find((one) => one.name === "eth0")?.index ?? 0,
    routes: { ...bound(routes), watch: (onLoss) => namespace.inside(() => routes.watch(onLoss)) },
    rules: { ...bound(rules), watch: (onLoss) => namespace.inside(() => rules.watch(onLoss)) },
    addForeignRoute: () => namespace.ip("route", "add", "10.9.0.0/16", "via", "10.1.0.254"),
    foreignRoutes: () =>
      Bun.spawnSync(["ip", "-n", name, "route", "show", "10.9.0.0/16"]).stdout.toString().trim().split("\n").length,
    removeByHand: (object) =>
      isRule(object) ? namespace.ip("rule", "del", "priority", "100") : namespace.ip("route", "del", "10.9.0.0/16"),
    until: async (what, condition) => void (await until(condition, { what })),
    [Symbol.asyncDispose]: async () => {
      for (const port of [links, routes, rules]) port.close();
      namespace[Symbol.dispose]();
    },
  };
}

/** The methods of a port as an object, so that some can be replaced. */
function bound<T>(port: { ours(): readonly T[]; put(object: T): void; remove(object: T): void; close(): void }) {
  return {
    ours: () => port.ours(),
    put: (object: T) => port.put(object),
    remove: (object: T) => port.remove(object),
    close: () => port.close(),
  };
}

// Rules about routes and rules: families, next hops, ranges.

import { familyOf } from "../../base/address.ts";
import type { Finding } from "../issue.ts";
import { routeAddresses, routeFamily } from "../resolve-routing.ts";
import type { RouteSettings, RuleSettings } from "../schema/routing.ts";
import { breach } from "./breach.ts";
import { encapsulationBreaches } from "./encapsulation.ts";
import type { Entry } from "./entry.ts";

/** What is wrong with a route. */
export function routeBreaches({ path, value }: Entry<RouteSettings>): Finding[] {
  const families = new Set(routeAddresses(value).map(familyOf));
  const leads = value.kind === "unicast" || value.kind === "local";
  return [
    ...(families.size > 1 ? [breach(path, "the addresses of this route are of both families", "one family")] : []),
    ...(value.family !== undefined && families.size === 1 && !families.has(value.family)
      ? [breach([...path, "family"], `its addresses are not ${value.family}`, "the family of its addresses")]
      : []),
    ...(leads && value.nextHops.length === 0
      ? [breach([...path, "nextHops"], "the route leads nowhere", "a gateway or an interface")]
      : []),
    ...(!leads && value.nextHops.length > 0
      ? [breach([...path, "nextHops"], `a ${value.kind} route has no next hop`, "none")]
      : []),
    ...value.nextHops.flatMap(({ via, interface: link }, index) =>
      via === undefined && link === undefined
        ? [breach([...path, "nextHops", index], "a next hop needs a gateway or an interface", "via or interface")]
        : [],
    ),
    ...value.nextHops.flatMap(({ encap }, index) =>
      encap === undefined
        ? []
        : encapsulationBreaches([...path, "nextHops", index, "encap"], encap, routeFamily(value) === "ipv4"),
    ),
    ...(families.has("ipv6") ? ipv6Breaches({ path, value }) : ipv4Breaches({ path, value })),
  ];
}

function ipv6Breaches({ path, value }: Entry<RouteSettings>): Finding[] {
  return [
    ...(value.tos > 0 ? [breach([...path, "tos"], "an IPv6 route has no type of service", "no tos here")] : []),
    ...(value.realm !== undefined ? [breach([...path, "realm"], "an IPv6 route has no realm", "no realm here")] : []),
    ...(value.kind === "local" ? [breach([...path, "kind"], "IPv6 has no local routes of this kind", "unicast")] : []),
  ];
}

function ipv4Breaches({ path, value }: Entry<RouteSettings>): Finding[] {
  return [
    ...(value.expires === undefined || routeFamily(value) === "ipv6"
      ? []
      : [breach([...path, "expires"], "only IPv6 routes have this", "an IPv6 route")]),
    ...(value.from === undefined
      ? []
      : [breach([...path, "from"], "only IPv6 routes have this", "a rule with from, or an IPv6 route")]),
    ...(value.preference === undefined
      ? []
      : [breach([...path, "preference"], "only IPv6 routes have this", "a metric, or an IPv6 route")]),
  ];
}

/** What is wrong with a rule. */
export function ruleBreaches({ path, value }: Entry<RuleSettings>): Finding[] {
  const { action, table, target, from, to, l3mdev } = value;
  return [
    ...(from !== undefined && to !== undefined && familyOf(from.address) !== familyOf(to.address)
      ? [breach(path, "from and to are of different families", "one family")]
      : []),
    ...(action === "lookup" && table === undefined && !l3mdev
      ? [breach([...path, "table"], "the rule looks up no table", "a table, or l3mdev: true")]
      : []),
    ...(action !== "lookup" && table !== undefined
      ? [breach([...path, "table"], `${action} looks up no table`, "no table here")]
      : []),
    ...(l3mdev && table !== undefined
      ? [breach([...path, "table"], "with l3mdev the table is that of the VRF", "no table here")]
      : []),
    ...((action === "goto") !== (target !== undefined)
      ? [breach([...path, "target"], "goto and target belong together", "action: goto with a target")]
      : []),
    ...(target !== undefined && target <= value.priority
      ? [breach([...path, "target"], `rule ${target} has been asked before`, `a priority above ${value.priority}`)]
      : []),
    ...(["users", "sourcePorts", "destinationPorts"] as const).flatMap((field) => rangeBreach({ path, value }, field)),
  ];
}

function rangeBreach(
  { path, value }: Entry<RuleSettings>,
  field: "users" | "sourcePorts" | "destinationPorts",
): Finding[] {
  const text = value[field];
  if (text === undefined) return [];
  const [from = 0, to = from] = text.split("-").map(Number);
  const largest = field === "users" ? 0xffffffff : 65_535;
  return from > to || to > largest || (field !== "users" && from === 0)
    ? [breach([...path, field], `${text} is no range`, field === "users" ? "like 1000-2000" : "ports from 1 to 65535")]
    : [];
}

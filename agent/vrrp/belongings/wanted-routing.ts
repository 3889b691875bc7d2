// Routes and rules of the model as objects to be kept: interfaces are looked up each time, as they come and go.

import type { RouteModel, RuleModel } from "../../config/model-routing.ts";
import { formatRoute, type NextHop, type Route } from "../../kernel/routes.ts";
import { formatRule, type Rule } from "../../kernel/rules.ts";
import type { Wanted } from "./object-keeper.ts";

/** The index of the interface of that name; undefined when it is not there. */
export type FindLink = (name: string) => number | undefined;

/** A route to be kept. */
export function wantedRoute({ untracked = false, ...route }: RouteModel, findLink: FindLink): Wanted<Route> {
  const names = new Map(route.nextHops.map((hop, index) => [index + 1, hop.interface ?? ""]));
  const numbered = route.nextHops.map((hop, index) => hopOf(hop, hop.interface === undefined ? undefined : index + 1));
  const text = formatRoute({ ...route, nextHops: numbered }, (index) => names.get(index) ?? "");
  return { key: `${route.family} ${JSON.stringify(route)}`, text, untracked, find: () => placed(route, findLink) };
}

/** A rule to be kept. */
export function wantedRule({ untracked = false, ...rule }: RuleModel): Wanted<Rule> {
  const text = formatRule(rule);
  return { key: `${rule.family} ${text}`, text, untracked, find: () => rule };
}

function placed(route: Omit<RouteModel, "untracked">, findLink: FindLink): Route | undefined {
  const nextHops: NextHop[] = [];
  for (const hop of route.nextHops) {
    const linkIndex = hop.interface === undefined ? undefined : findLink(hop.interface);
    if (hop.interface !== undefined && linkIndex === undefined) return undefined;
    nextHops.push(hopOf(hop, linkIndex));
  }
  return { ...route, nextHops };
}

function hopOf({ interface: _, ...hop }: RouteModel["nextHops"][number], linkIndex: number | undefined): NextHop {
  return { ...hop, ...(linkIndex !== undefined && { linkIndex }) };
}

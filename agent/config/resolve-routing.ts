// Routes and rules of settings to those of the model: families worked out, tables as numbers, host bits cleared, as `ip` does it.

import {
  addressBytes,
  addressFromBytes,
  type Family,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  ip,
  parseInterfaceAddress,
} from "../base/address.ts";
import type { RouteMetric } from "../kernel/routes.ts";
import { allBits, type NumberRange } from "../kernel/rules.ts";
import type { NextHopModel, RouteModel, RuleModel } from "./model-routing.ts";
import { scopeNumbers } from "./resolve-addresses.ts";
import { resolveEncapsulation } from "./resolve-encapsulation.ts";
import {
  metricNames,
  type NextHopSettings,
  type RouteSettings,
  type RuleSettings,
  tableNumbers,
} from "./schema/routing.ts";

/** A route of the model. */
export function resolveRoute(route: RouteSettings): RouteModel {
  const family = routeFamily(route);
  const { kind, table, metric, tos, from, source, locked, track, nextHops } = route;
  return {
    family,
    kind,
    destination: destinationOf(route.to, family),
    table: tableOf(table),
    tos,
    metric,
    scope: family === "ipv4" ? scopeOf(route) : 0,
    ...(from !== undefined && { from: network(from) }),
    ...(source !== undefined && { preferredSource: source }),
    ...(route.realm !== undefined && { realm: realmOf(route.realm) }),
    ...(route.preference !== undefined && route.preference !== "medium" && { preference: route.preference }),
    ...(route.congestionControl !== undefined && { congestionControl: route.congestionControl }),
    nextHops: nextHops.map(resolveHop),
    metrics: metricsOf(route),
    locked,
    ...(route.expires !== undefined && { expires: route.expires }),
    ...((!track || route.expires !== undefined) && { untracked: true }),
  };
}

/** A rule of the model. */
export function resolveRule(rule: RuleSettings): RuleModel {
  const { action, table, from, to, mark, mask, users, sourcePorts, destinationPorts, l3mdev, not, track } = rule;
  const { priority, tos, target, incoming, outgoing, protocol, suppressPrefixLength, suppressGroup } = rule;
  return {
    family: ruleFamily(rule),
    ...{ priority, action, tos },
    table: action === "lookup" && !l3mdev ? tableOf(table ?? "main") : 0,
    ...(target !== undefined && { target }),
    ...(not && { not }),
    ...(from !== undefined && { from: network(from) }),
    ...(to !== undefined && { to: network(to) }),
    ...((mark !== undefined || mask !== undefined) && { mark: { value: mark ?? 0, mask: mask ?? allBits } }),
    ...(incoming !== undefined && { incoming }),
    ...(outgoing !== undefined && { outgoing }),
    ...(l3mdev && { l3mdev }),
    ...(users !== undefined && { users: rangeOf(users) }),
    ...(protocol !== undefined && { protocol }),
    ...(sourcePorts !== undefined && { sourcePorts: rangeOf(sourcePorts) }),
    ...(destinationPorts !== undefined && { destinationPorts: rangeOf(destinationPorts) }),
    ...(rule.realm !== undefined && { realm: realmOf(rule.realm) }),
    ...(rule.tunnelId !== undefined && { tunnelId: rule.tunnelId }),
    ...(suppressPrefixLength !== undefined && { suppressPrefixLength }),
    ...(suppressGroup !== undefined && { suppressGroup }),
    ...(!track && { untracked: true }),
  };
}

/** The addresses of a route that tell its family. */
export function routeAddresses({ to, nextHops, source, from }: RouteSettings): readonly IpAddress[] {
  const destination = to === "default" ? undefined : parseInterfaceAddress(to)?.address;
  const all = [destination, ...nextHops.map(({ via }) => via), source, from?.address];
  return all.filter((address) => address !== undefined);
}

/** The family of a route: that of its addresses, or the one it says. */
export function routeFamily(route: RouteSettings): Family {
  const [first] = routeAddresses(route);
  return first === undefined ? (route.family ?? "ipv4") : familyOf(first);
}

function ruleFamily({ from, to, family }: RuleSettings): Family {
  const known = from ?? to;
  return known === undefined ? (family ?? "ipv4") : familyOf(known.address);
}

function destinationOf(to: string, family: Family): InterfaceAddress {
  const everything = { address: ip(family === "ipv4" ? "0.0.0.0" : "::"), prefixLength: 0 };
  return to === "default" ? everything : network(parseInterfaceAddress(to) ?? everything);
}

/** What `ip route` takes when no scope is given (iproute.c of iproute2). */
function scopeOf({ scope, kind, nextHops }: RouteSettings): number {
  if (scope !== undefined) return scope === "nowhere" ? 255 : scopeNumbers[scope];
  if (kind === "local") return scopeNumbers.host;
  const isDirect = kind === "unicast" && nextHops.every(({ via }) => via === undefined);
  return isDirect ? scopeNumbers.link : scopeNumbers.global;
}

function resolveHop({ via, interface: link, weight, onlink, encap }: NextHopSettings): NextHopModel {
  const encapsulation = encap && resolveEncapsulation(encap);
  return {
    ...(via !== undefined && { via }),
    ...(link !== undefined && { interface: link }),
    weight,
    onlink,
    ...(encapsulation !== undefined && { encapsulation }),
  };
}

function metricsOf(route: RouteSettings): Partial<Record<RouteMetric, number>> {
  const known = Object.entries(metricNames).flatMap(([field, name]) => {
    const value = route[field as keyof typeof metricNames];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

function tableOf(table: number | keyof typeof tableNumbers): number {
  return typeof table === "number" ? table : tableNumbers[table];
}

/** That of the source in the upper half. */
function realmOf(text: string): number {
  const [to = 0, from = 0] = text.split("/").map(Number).reverse();
  return from * 0x10000 + to;
}

function rangeOf(text: string): NumberRange {
  const [from = "0", to = from] = text.split("-");
  return { from: Number(from), to: Number(to) };
}

/** The prefix without host bits. */
function network({ address, prefixLength }: InterfaceAddress): InterfaceAddress {
  const bytes = addressBytes(address).map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - 8 * index));
    return byte & (0xff00 >> bits) & 0xff;
  });
  return { address: addressFromBytes(bytes) ?? address, prefixLength };
}

// The port to the kernel's routes: those that carry our mark, and no others. One process writes them.

import { type Family, formatInterfaceAddress, type InterfaceAddress, type IpAddress } from "../base/address.ts";
import { type Encapsulation, encapsulationWords, isSameEncapsulation } from "./encapsulation.ts";

/** What a route does with a packet (RTN_* of linux/rtnetlink.h). */
export type RouteKind = "unicast" | "local" | "blackhole" | "unreachable" | "prohibit" | "throw";

/** What a route says about connections over it (RTAX_*), in the kernel's units. */
export type RouteMetric =
  | "mtu"
  | "window"
  | "rtt"
  | "rttvar"
  | "ssthresh"
  | "cwnd"
  | "advmss"
  | "reordering"
  | "hoplimit"
  | "initcwnd"
  | "rto_min"
  | "initrwnd"
  | "quickack"
  | "features"
  | "fastopen_no_cookie";

/** Where a route leads: a gateway, an interface, or both. */
export interface NextHop {
  readonly via?: IpAddress;
  readonly linkIndex?: number;
  /** The share among several, from 1. */
  readonly weight: number;
  /** The gateway counts as on the link whatever addresses that has. */
  readonly onlink: boolean;
  /** What packets are wrapped in before they leave. */
  readonly encapsulation?: Encapsulation;
}

/** A route. What tells routes apart is all of it but `expires`. */
export interface Route {
  readonly family: Family;
  readonly kind: RouteKind;
  readonly destination: InterfaceAddress;
  readonly table: number;
  readonly tos: number;
  /** The lowest is taken first; 0 is the kernel's own choice. */
  readonly metric: number;
  /** IPv4: RT_SCOPE_*. */
  readonly scope: number;
  /** IPv6: only packets from these addresses. */
  readonly from?: InterfaceAddress;
  /** The source of packets that this host sends over it. */
  readonly preferredSource?: IpAddress;
  /** IPv4: the realm that traffic over it counts for, that of the source in the upper half (RTA_FLOW). */
  readonly realm?: number;
  /** IPv6: among routers of one preference the kernel chooses by itself (RFC 4191); medium unless given. */
  readonly preference?: "low" | "high";
  /** The congestion control of TCP connections over it. */
  readonly congestionControl?: string;
  /** IPv6: the seconds after which the kernel removes it. It counts from when the route is added, and tells no routes apart. */
  readonly expires?: number;
  /** None for what leads nowhere. */
  readonly nextHops: readonly NextHop[];
  readonly metrics: Readonly<Partial<Record<RouteMetric, number>>>;
  /** The metrics that path discovery may not change. */
  readonly locked: readonly RouteMetric[];
}

/** The routes of one network namespace. Functions throw an OperationError when the kernel refuses. */
export interface RoutesPort {
  /** The routes that carry our mark. */
  ours(): readonly Route[];
  /** Adds a route with our mark, before others of its kind; one that is there already is no error. */
  put(route: Route): void;
  /** Removes a route with our mark; one that is not there is already removed, and no error. */
  remove(route: Route): void;
  /** Calls when one of ours has gone, or when nobody knows. */
  watch(onLoss: () => void): { close(): void };
  close(): void;
}

/** The table of ordinary routes (RT_TABLE_MAIN). */
export const mainTable = 254;

/** The metric that IPv6 takes for none (IP6_RT_PRIO_USER). */
const ipv6Metric = 1024;

/** Whether the kernel's route is the wished one. What was left to the kernel to choose is not compared. */
export function isSameRoute(wished: Route, found: Route): boolean {
  return (
    lineOf(wished) === lineOf(found) &&
    (wished.family === "ipv6" || wished.scope === found.scope) &&
    (wished.kind !== "unicast" || hasSameHops(wished.nextHops, found.nextHops))
  );
}

/** The route as `ip route` writes it. `nameOf` gives an interface's name. */
export function formatRoute(route: Route, nameOf: (linkIndex: number) => string): string {
  const { kind, destination, table, metric, nextHops } = route;
  return [
    ...(kind === "unicast" ? [] : [kind]),
    isDefault(destination) ? "default" : formatInterfaceAddress(destination),
    ...nextHops.flatMap(({ via, linkIndex, weight, encapsulation }, _, all) => [
      ...(all.length > 1 ? ["nexthop"] : []),
      ...encapsulationWords(encapsulation),
      ...(via === undefined ? [] : ["via", via]),
      ...(linkIndex === undefined ? [] : ["dev", nameOf(linkIndex)]),
      ...(all.length > 1 ? ["weight", String(weight)] : []),
    ]),
    ...(table === mainTable ? [] : ["table", String(table)]),
    ...(metric === 0 ? [] : ["metric", String(metric)]),
  ].join(" ");
}

/** Whether a destination is everything. */
export function isDefault({ prefixLength }: InterfaceAddress): boolean {
  return prefixLength === 0;
}

function lineOf({
  family,
  kind,
  destination,
  table,
  tos,
  metric,
  from,
  preferredSource,
  metrics,
  locked,
  realm,
  preference,
  congestionControl,
}: Route): string {
  const priority = family === "ipv6" && metric === 0 ? ipv6Metric : metric;
  const source = from === undefined || from.prefixLength === 0 ? "" : formatInterfaceAddress(from);
  const known = Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  const place = [family, kind, formatInterfaceAddress(destination), table, tos, priority, source, preferredSource];
  const further = [realm, preference, congestionControl];
  return JSON.stringify([...place, ...further, known, [...locked].sort()]);
}

function hasSameHops(wished: readonly NextHop[], found: readonly NextHop[]): boolean {
  return wished.length === found.length && wished.every((hop) => found.some((one) => isSameHop(hop, one)));
}

function isSameHop(wished: NextHop, found: NextHop): boolean {
  return (
    wished.via === found.via &&
    (wished.linkIndex === undefined || wished.linkIndex === found.linkIndex) &&
    wished.weight === found.weight &&
    wished.onlink === found.onlink &&
    isSameEncapsulation(wished.encapsulation, found.encapsulation)
  );
}

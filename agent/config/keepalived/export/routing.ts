// Routes and rules, each as one line in the grammar of `ip route` and `ip rule`.

import { isOnLink } from "../route-scope.ts";
import { block, fieldLines, flag, objectsOf, type Values, type Writer, word } from "./lines.ts";

/** A block of routes. */
export function routeLines(keyword: string, routes: unknown): string[] {
  const lines = objectsOf(routes, "to").map(routeLine);
  return lines.length === 0 ? [] : block(keyword, lines);
}

/** A block of rules. */
export function ruleLines(keyword: string, rules: unknown): string[] {
  const lines = objectsOf(rules, "priority").map(ruleLine);
  return lines.length === 0 ? [] : block(keyword, lines);
}

function routeLine(route: Values): string {
  const locked = (route.locked as readonly string[] | undefined) ?? [];
  const hops = objectsOf(route.next_hops, "via");
  return [
    ...fieldLines(route, { kind: (kind) => String(kind) }),
    destination(route),
    ...(hops.length === 1 ? hops.flatMap(hopLine) : []),
    ...fieldLines(route, routeWords),
    ...(isOnLink(route, hops) && route.scope === undefined ? ["scope link"] : []),
    ...metricNames.flatMap((field) => metricWords(field, route[field], locked.includes(field))),
    ...fieldLines(route, trackWords),
    // Nothing may follow several.
    ...(hops.length > 1 ? hops.flatMap((hop) => ["nexthop", ...hopLine(hop)]) : []),
  ].join(" ");
}

/** Everything in IPv6 has a name of its own, for nothing else may tell the family. */
function destination({ to, family }: Values): string {
  return to === "default" && family === "ipv6" ? "::/0" : String(to);
}

function hopLine(hop: Values): string[] {
  return fieldLines(hop, {
    via: word("via"),
    interface: word("dev"),
    weight: word("weight"),
    onlink: flag("onlink"),
    // It takes the words behind it as its own, so it comes last.
    encap: (encap) => encapWords(encap as Values)?.join(" "),
  });
}

/** keepalived takes two labels at most. */
function encapWords({ ip, ip6, mpls, ila }: Values): string[] | undefined {
  if (Array.isArray(mpls)) return mpls.length > 2 ? undefined : ["encap mpls", mpls.join("/")];
  if (ila !== undefined) return ["encap ila", String(ila)];
  const outer = { id: word("id"), destination: word("dst"), source: word("src"), flags: word("flags") };
  return ip === undefined
    ? ["encap ip6", ...fieldLines(ip6 as Values, { ...outer, tos: hexadecimal("tc"), ttl: word("hoplimit") })]
    : ["encap ip", ...fieldLines(ip as Values, { ...outer, tos: hexadecimal("tos"), ttl: word("ttl") })];
}

const hexadecimal = (keyword: string): Writer => {
  return (value) => `${keyword} 0x${Number(value).toString(16).padStart(2, "0")}`;
};

const routeWords: Readonly<Record<string, Writer>> = {
  table: word("table"),
  metric: word("metric"),
  tos: hexadecimal("tos"),
  scope: word("scope"),
  from: word("from"),
  source: word("src"),
  realm: word("realms"),
  preference: word("pref"),
  congestion_control: word("congctl"),
  features: (value) => (value === 1 ? "features ecn" : undefined),
  expires: word("expires"),
};

const trackWords: Readonly<Record<string, Writer>> = {
  track_group: word("track_group"),
  track: flag("no_track", false),
};

const metricNames = [
  ...["mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "hoplimit"],
  ...["initcwnd", "rto_min", "initrwnd", "quickack", "fastopen_no_cookie"],
];

/** What the kernel counts in parts of a millisecond stands in whole ones there: what is none cannot be said. */
const parts: Readonly<Record<string, number>> = { rtt: 8, rttvar: 4 };

function metricWords(field: string, value: unknown, isLocked: boolean): string[] {
  if (value === undefined) return [];
  const written = Number(value) / (parts[field] ?? 1);
  return Number.isInteger(written) ? [`${field} ${isLocked ? "lock " : ""}${written}`] : [];
}

function ruleLine(rule: Values): string {
  const family = rule.from === undefined && rule.to === undefined ? rule.family : undefined;
  return [
    // The words inet and inet6 swallow the next one in keepalived 2.2.7.
    ...(family === undefined ? [] : [family === "ipv6" ? "to ::/0" : "to 0.0.0.0/0"]),
    ...fieldLines(rule, ruleWords),
    ...markWords(rule),
    ...fieldLines(rule, actionWords),
    ...fieldLines(rule, trackWords),
  ].join(" ");
}

/** keepalived takes ranges only. */
function range(keyword: string): Writer {
  return (value) => `${keyword} ${String(value).includes("-") ? value : `${value}-${value}`}`;
}

const ruleWords: Readonly<Record<string, Writer>> = {
  not: flag("not"),
  from: word("from"),
  to: word("to"),
  tos: hexadecimal("tos"),
  incoming: word("iif"),
  outgoing: word("oif"),
  users: range("uidrange"),
  protocol: word("ipproto"),
  source_ports: range("sport"),
  destination_ports: range("dport"),
  tunnel_id: word("tun_id"),
  suppress_prefix_length: word("suppress_prefixlength"),
  suppress_group: word("suppress_ifgroup"),
  priority: word("priority"),
};

const actionWords: Readonly<Record<string, Writer>> = {
  realm: word("realms"),
  l3mdev: flag("l3mdev"),
  table: word("table"),
  target: word("goto"),
  action: (action) => (action === "goto" ? undefined : String(action)),
};

function markWords({ mark, mask }: Values): string[] {
  if (mark === undefined) return [];
  return [`fwmark ${mark}${mask === undefined ? "" : `/${mask}`}`];
}

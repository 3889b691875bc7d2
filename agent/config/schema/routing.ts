// Routes and rules in documents, in the words of `ip route` and `ip rule`.

import * as z from "zod";
import { parseInterfaceAddress } from "../../base/address.ts";
import type { RouteKind, RouteMetric } from "../../kernel/routes.ts";
import { address, interfaceAddress } from "./address.ts";
import { encapsulationSchema } from "./encapsulation.ts";
import { says } from "./says.ts";
import { integer, interfaceName, name, pattern } from "./scalar.ts";

const u32 = 0xffffffff;

/** The kinds of routes. */
export const routeKinds = [
  "unicast",
  "local",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
] as const satisfies RouteKind[];

/** The scopes of a route. */
export const routeScopes = ["global", "site", "link", "host", "nowhere"] as const;

/** The names that tables have without /etc/iproute2/rt_tables. */
export const tableNumbers = { default: 253, main: 254, local: 255 } as const;

/** What a rule does. */
export const ruleActions = ["lookup", "goto", "nop", "blackhole", "unreachable", "prohibit"] as const;

/** The number of a routing table, or main, local or default. */
function table() {
  return z.codec(z.unknown(), z.custom<number | TableName>(), {
    decode(value, context) {
      if (isTable(value)) return value;
      const message = `${JSON.stringify(value)} is not a routing table`;
      const expected = "the number of a table from 1 on, or main, local or default";
      context.issues.push({ code: "custom", input: value, message, params: { expected } });
      return z.NEVER;
    },
    encode: (value) => value,
  });
}

type TableName = keyof typeof tableNumbers;

function isTable(value: unknown): value is number | TableName {
  if (typeof value === "string") return Object.hasOwn(tableNumbers, value);
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= u32;
}

/** Where a route leads to: a prefix, or everything. */
function destination() {
  return z.string().check(
    z.refine((text: string) => text === "default" || parseInterfaceAddress(text) !== undefined, {
      error: (issue) => `${JSON.stringify(issue.input)} is not a destination`,
      params: { expected: "a prefix like 10.1.0.0/16, an address, or default" },
    }),
  );
}

/** Numbers like 1000-2000, or one number. */
function range(expected: string) {
  return pattern(/^\d{1,10}(-\d{1,10})?$/, expected);
}

/** Two numbers of 16 bits, or the latter alone. */
function realm() {
  const number = "(6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3}|0)";
  return pattern(new RegExp(`^(${number}/)?${number}$`), "a realm from 0 to 65535, or two like 3/7");
}

const nextHopSchema = z.strictObject({
  via: address()
    .optional()
    .register(...says("The gateway.")),
  interface: interfaceName()
    .optional()
    .register(...says("The interface; that of the gateway unless given.")),
  weight: integer(1, 256)
    .default(1)
    .register(...says("Its share among several next hops.")),
  onlink: z
    .boolean()
    .default(false)
    .register(...says("The gateway counts as reachable on the interface whatever addresses that has.")),
  encap: encapsulationSchema
    .optional()
    .register(...says("What packets are wrapped in before they leave; nothing unless given.")),
});

const metric = (description: string, max = u32) =>
  integer(0, max)
    .optional()
    .register(...says(description));

/** What a route says about connections over it, in the kernel's units. */
export const routeMetricFields = {
  mtu: metric("The MTU of the path."),
  window: metric("The largest TCP window that is advertised."),
  rtt: metric("The initial round-trip time, in eighths of a millisecond."),
  rttvar: metric("The initial variance of the round-trip time, in quarters of a millisecond."),
  ssthresh: metric("The initial slow start threshold."),
  cwnd: metric("The limit of the congestion window."),
  advmss: metric("The maximum segment size that is advertised."),
  reordering: metric("The reordering that is expected at most."),
  hoplimit: metric("The hop limit of packets that this host sends.", 255),
  initcwnd: metric("The initial congestion window."),
  rtoMin: metric("The least retransmission timeout, in milliseconds."),
  initrwnd: metric("The initial receive window."),
  quickack: metric("1: acknowledge at once.", 1),
  features: metric("Features of TCP: 1 for explicit congestion notification.", 1),
  fastopenNoCookie: metric("1: TCP Fast Open without a cookie.", 1),
};

/** A route. */
export const routeSchema = z.strictObject({
  to: destination().register(...says("Where it leads to: a prefix like 10.1.0.0/16, an address, or default.")),
  family: z
    .enum(["ipv4", "ipv6"])
    .optional()
    .register(...says("Of default without any other address; ipv4 unless given.")),
  kind: z
    .enum(routeKinds)
    .default("unicast")
    .register(...says("unicast, or what happens instead: blackhole, unreachable, prohibit, throw, local.")),
  nextHops: z
    .array(nextHopSchema)
    .default([])
    .register(...says("Where packets go: a gateway, an interface, or both; several share the packets.")),
  table: table()
    .default("main")
    .register(...says("The number of the table, or main, local or default.")),
  metric: integer(0, u32)
    .default(0)
    .register(...says("Among routes to the same destination the lowest is taken; 0 is the kernel's own choice.")),
  tos: integer(0, 255)
    .default(0)
    .register(...says("IPv4: only packets with this type of service.")),
  scope: z
    .enum(routeScopes)
    .optional()
    .register(...says("IPv4: how far the destination is; link without a gateway and global with one unless given.")),
  from: interfaceAddress()
    .optional()
    .register(...says("IPv6: only packets from these addresses.")),
  source: address()
    .optional()
    .register(...says("The source address of packets that this host sends over it (src).")),
  realm: realm()
    .optional()
    .register(...says("IPv4: the realm that its traffic counts for, like 7, or 3/7 with that of the source.")),
  preference: z
    .enum(["low", "medium", "high"])
    .optional()
    .register(...says("IPv6: how it is preferred among routers (pref); medium unless given.")),
  congestionControl: pattern(/^[a-z0-9_-]{1,15}$/, "a name like cubic")
    .optional()
    .register(...says("The congestion control of TCP connections over it (congctl).")),
  ...routeMetricFields,
  locked: z
    .array(z.enum(["mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "hoplimit"]))
    .default([])
    .register(...says("The metrics that path discovery may not change.")),
  expires: integer(1, u32)
    .optional()
    .register(...says("IPv6: the seconds after which the kernel removes it; nobody puts it back then.")),
  trackGroup: name()
    .optional()
    .register(...says("Of a static route: the instances of this track group are in fault while it cannot be there.")),
  track: z
    .boolean()
    .default(true)
    .register(...says("Whether it is put back when somebody else removes it (keepalived: no_track).")),
});

/** A rule of the routing policy. */
export const ruleSchema = z.strictObject({
  priority: integer(1, u32).register(
    ...says("Rules are asked from the lowest on; 0, 32766 and 32767 are the kernel's own."),
  ),
  family: z
    .enum(["ipv4", "ipv6"])
    .optional()
    .register(...says("Of a rule without addresses; ipv4 unless given.")),
  action: z
    .enum(ruleActions)
    .default("lookup")
    .register(...says("lookup a table, goto another rule, nop, blackhole, unreachable or prohibit.")),
  table: table()
    .optional()
    .register(...says("The table to look up.")),
  target: integer(1, u32)
    .optional()
    .register(...says("The priority of the rule to go to.")),
  not: z
    .boolean()
    .default(false)
    .register(...says("Takes the packets that do not match.")),
  from: interfaceAddress()
    .optional()
    .register(...says("Packets from these addresses.")),
  to: interfaceAddress()
    .optional()
    .register(...says("Packets to these addresses.")),
  tos: integer(0, 255)
    .default(0)
    .register(...says("Packets with this type of service.")),
  mark: integer(0, u32)
    .optional()
    .register(...says("Packets with this mark (fwmark).")),
  mask: integer(0, u32)
    .optional()
    .register(...says("The bits of the mark that count; all unless given.")),
  incoming: interfaceName()
    .optional()
    .register(...says("Packets that came in by this interface (iif).")),
  outgoing: interfaceName()
    .optional()
    .register(...says("Packets of sockets that are bound to this interface (oif).")),
  l3mdev: z
    .boolean()
    .default(false)
    .register(...says("Looks up the table of the packet's VRF.")),
  users: range("user ids like 1000-2000")
    .optional()
    .register(...says("Packets of sockets of these user ids (uidrange).")),
  protocol: integer(1, 255)
    .optional()
    .register(...says("Packets of this IP protocol (ipproto).")),
  sourcePorts: range("ports like 1000-2000")
    .optional()
    .register(...says("Packets from these ports (sport).")),
  destinationPorts: range("ports like 1000-2000")
    .optional()
    .register(...says("Packets to these ports (dport).")),
  realm: realm()
    .optional()
    .register(...says("IPv4: the realm of packets that it leads on, like 7, or 3/7 with that of the source.")),
  tunnelId: integer(1, u32)
    .optional()
    .register(...says("Packets that came out of the tunnel of this id (tun_id).")),
  suppressPrefixLength: integer(0, 128)
    .optional()
    .register(...says("Routes with a prefix of this length or shorter do not count (suppress_prefixlength).")),
  suppressGroup: integer(0, u32 - 1)
    .optional()
    .register(...says("Routes over interfaces of this group do not count (suppress_ifgroup).")),
  trackGroup: name()
    .optional()
    .register(...says("Of a static rule: the instances of this track group are in fault while it cannot be there.")),
  track: z
    .boolean()
    .default(true)
    .register(...says("Whether it is put back when somebody else removes it (keepalived: no_track).")),
});

/** The names of the metrics in documents, and in the kernel. */
export const metricNames: Readonly<Record<keyof typeof routeMetricFields, RouteMetric>> = {
  mtu: "mtu",
  window: "window",
  rtt: "rtt",
  rttvar: "rttvar",
  ssthresh: "ssthresh",
  cwnd: "cwnd",
  advmss: "advmss",
  reordering: "reordering",
  hoplimit: "hoplimit",
  initcwnd: "initcwnd",
  rtoMin: "rto_min",
  initrwnd: "initrwnd",
  quickack: "quickack",
  features: "features",
  fastopenNoCookie: "fastopen_no_cookie",
};

export type RouteSettings = z.infer<typeof routeSchema>;
export type RuleSettings = z.infer<typeof ruleSchema>;
export type NextHopSettings = z.infer<typeof nextHopSchema>;

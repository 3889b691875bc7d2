// A keepalived.conf with random settings that keepalived 2.2.7 takes without a complaint: addresses with their options, routes, rules, static ones of each, and the
// ways to advertise. What has to be unique on a host (networks, tables' entries, priorities of rules) is counted.

import fc from "fast-check";

/** A director, and what it comes to. */
export interface RandomDirector {
  readonly config: string;
  /** The first address of each instance. */
  readonly addresses: readonly string[];
  /** How many virtual routers advertise. */
  readonly advertising: number;
}

/** The director of a seed: the same on every day. */
export function randomDirector(seed: number): RandomDirector {
  const [instances = []] = fc.sample(fc.array(instance, { minLength: 8, maxLength: 8 }), { seed, numRuns: 1 });
  const [statics = []] = fc.sample(fc.array(line, { minLength: 6, maxLength: 6 }), { seed: seed + 1, numRuns: 1 });
  const written = instances.map((one, index) => write(one, index + 1));
  const global = "global_defs {\n  default_interface eth1\n}\n";
  return {
    config: [global, ...staticBlocks(statics, 100), ...written.map(({ text }) => text)].join(""),
    addresses: written.map(({ address }) => address),
    advertising: written.length,
  };
}

const options4 = fc.subarray([
  "brd +",
  "label eth0:@",
  "scope @scope",
  "preferred_lft 0",
  "noprefixroute",
  "dev eth1",
  "no_track",
]);
const options6 = fc.subarray(["preferred_lft 0", "noprefixroute", "home", "mngtmpaddr", "dev eth1"]);
const scope = fc.constantFrom("global", "link", "site");
const length4 = fc.constantFrom(24, 25, 28, 30, 32);
const length6 = fc.constantFrom(48, 64, 96, 128);
const address4 = fc.record({ length: length4, options: options4, scope });
const address6 = fc.record({ length: length6, options: options6, scope });

const metrics = fc.subarray(
  [
    ...["mtu 1400", "advmss 1360", "initcwnd 20", "initrwnd 15", "window 4000", "rtt 200", "ssthresh 9", "hoplimit 9"],
    ...["mtu lock 1300", "quickack 1", "reordering 5", "cwnd 8", "rto_min 300"],
  ],
  { maxLength: 3 },
);

/** A line of routes and one of rules; `#` is the line's own number and `%` that of its instance. */
const route = fc
  .record({
    kind: fc.constantFrom("via", "dev", "via", "dev", "blackhole", "unreachable", "prohibit", "throw", "hops", "six"),
    metric: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
    table: fc.option(fc.constantFrom("200", "300", "main"), { nil: undefined }),
    scope: fc.constantFrom("", "", "scope link"),
    tos: fc.constantFrom("", "", "tos 0x10", "tos 8"),
    weights: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    metrics,
  })
  .map(({ kind, metric, table, scope: reach, tos, weights, metrics: words }) => {
    const rest = [
      ...(metric === undefined ? [] : [`metric ${metric}`]),
      ...(table === undefined ? [] : [`table ${table}`]),
    ];
    if (kind === "six")
      return `fd10:%:#::/48 via fd00::fe dev eth0 ${[...rest, ...words.filter((word) => !/rtt|quickack/.test(word))].join(" ")}`;
    const to = "10.%.#.0/24";
    if (kind === "via") return [to, "via 10.9.0.254 dev eth0", tos, ...rest, ...words].join(" ");
    if (kind === "dev") return [to, "dev eth1", reach, tos, ...rest, ...words].join(" ");
    if (kind === "hops")
      return [
        to,
        ...rest,
        `nexthop via 10.9.0.253 dev eth0 weight ${weights[0]} nexthop via 10.8.0.254 dev eth1 weight ${weights[1]}`,
      ].join(" ");
    return [kind, to, ...rest].join(" ");
  });

const selectors = fc.subarray(
  [
    ...["from 10.%.0.0/16", "to 10.8.#.0/24", "fwmark 0x#", "fwmark 0x#/0xff", "iif eth0", "oif eth1", "tos 0x10"],
    ...["uidrange 1000-200#", "ipproto tcp dport 80-9#", "ipproto udp sport 53-54"],
  ],
  { minLength: 1, maxLength: 3 },
);
const rule = fc
  .record({
    selectors,
    six: fc.boolean(),
    does: fc.constantFrom(
      "table 200",
      "lookup 300",
      "table main suppress_prefixlength 0",
      "prohibit",
      "blackhole",
      "unreachable",
    ),
    not: fc.constantFrom("", "", "", "not "),
  })
  .map(({ selectors: given, six, does, not }) => {
    const marks = given.filter((word) => word.startsWith("fwmark"));
    const ports = given.filter((word) => word.startsWith("ipproto"));
    const once = given.filter((word) => !(marks.indexOf(word) > 0) && !(ports.indexOf(word) > 0));
    // Whoever refuses more than some hosts refuses the kernel's question for the gateway of a route that comes later, and keepalived leaves that out for ever.
    const refuses = !does.includes("table") && !does.includes("lookup");
    const some = refuses && !six && !once.some((word) => word.startsWith("from ")) ? ["from 10.%.0.0/16"] : [];
    const fitting = six ? ["to fd10:%::/32", ...once.filter((word) => !/ 10\./.test(word))] : [...some, ...once];
    return `${refuses ? "" : not}${fitting.join(" ")} ${does} priority &`;
  });

const line = fc.record({ route, rule });

const instance = fc.record({
  six: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  version: fc.constantFrom(2, 3),
  seconds: fc.constantFrom(1, 2),
  parts: fc.constantFrom("0.3", "0.5", "1", "1.27"),
  priority: fc.integer({ min: 1, max: 254 }),
  password: fc.constantFrom("", "PASS"),
  way: fc.constantFrom("", "", "unicast", "group"),
  ttl: fc.constantFrom("", "unicast_ttl 64"),
  first4: address4,
  first6: address6,
  others4: fc.array(address4, { maxLength: 2 }),
  others6: fc.array(address6, { maxLength: 2 }),
  excluded: fc.array(fc.record({ four: address4, six: address6 }), { maxLength: 1 }),
  lines: fc.array(line, { maxLength: 3 }),
});

type Instance = typeof instance extends fc.Arbitrary<infer T> ? T : never;
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;
interface Address {
  readonly length: number;
  readonly options: readonly string[];
  readonly scope: string;
}

function write(one: Instance, number: number): { readonly text: string; readonly address: string } {
  const net = 20 + number;
  const six = one.six;
  const four = (address: Address, host: number) =>
    addressLine(`10.${net}.${host}.1/${address.length}`, address, `${number}${host}`);
  const ofSix = (address: Address, host: number) => addressLine(`fd${net}:${host}::1/${address.length}`, address, "");
  const first = six ? [`fe80::${net}:1/64`, ofSix(one.first6, 1)] : [four(one.first4, 1)];
  const others = six
    ? one.others6.map((address, at) => ofSix(address, at + 2))
    : one.others4.map((address, at) => four(address, at + 2));
  const excluded = one.excluded.flatMap((pair) => [four(pair.four, 200), ofSix(pair.six, 200)]);
  const version = six ? 3 : one.version;
  const words = [
    "interface eth0",
    `virtual_router_id ${net}`,
    `priority ${one.priority}`,
    `version ${version}`,
    `advert_int ${version === 2 ? one.seconds : one.parts}`,
    ...(version === 2 && one.password !== ""
      ? [`authentication {\n    auth_type ${one.password}\n    auth_pass pw${number}\n  }`]
      : []),
    ...wayWords(one, six),
    block("virtual_ipaddress", [...first, ...others]),
    block("virtual_ipaddress_excluded", excluded),
    block(
      "virtual_routes",
      one.lines.map(({ route: text }, at) => numbered(text, net, at + 1)),
    ),
    block(
      "virtual_rules",
      one.lines.map(({ rule: text }, at) => numbered(text, net, at + 1)),
    ),
  ];
  const text = `vrrp_instance I${number} {\n  ${words.filter((word) => word !== "").join("\n  ")}\n}\n`;
  return { text, address: six ? `fe80::${net}:1` : `10.${net}.1.1` };
}

function wayWords({ way, ttl }: Instance, six: boolean): readonly string[] {
  if (way === "unicast" && !six) return ["unicast_src_ip 10.9.0.1", block("unicast_peer", ["10.9.0.77"]), ttl];
  return way === "group" && !six ? ["mcast_dst_ip 224.0.0.81"] : [];
}

function addressLine(text: string, { options, scope: reach }: Address, label: string): string {
  // A label belongs to the interface that the address is on; a single address has no broadcast.
  const isElsewhere = options.includes("dev eth1");
  const fitting = options.filter((word) => word !== "brd +" || !text.endsWith("/32"));
  const words = fitting.map((word) =>
    word.replace("eth0:@", `${isElsewhere ? "eth1" : "eth0"}:${label}`).replace("@scope", reach),
  );
  return [text, ...words].join(" ");
}

function block(keyword: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${keyword} {\n    ${lines.join("\n    ")}\n  }`;
}

function numbered(text: string, instanceNumber: number, lineNumber: number): string {
  return text
    .replaceAll("%", String(instanceNumber))
    .replaceAll("#", String(lineNumber))
    .replaceAll("&", String(instanceNumber * 100 + lineNumber));
}

function staticBlocks(lines: readonly Line[], number: number): readonly string[] {
  const top = (keyword: string, texts: readonly string[]) => `${block(keyword, texts)}\n`;
  return [
    top("static_ipaddress", ["10.6.0.9/24 brd + dev eth1", "fd06::9/64 dev eth0"]),
    top(
      "static_routes",
      lines.map(({ route: text }, at) => numbered(text, number, at + 1)),
    ),
    top(
      "static_rules",
      lines.map(({ rule: text }, at) => numbered(text, number, at + 1)),
    ),
  ];
}

// Virtual servers with random settings that keepalived 2.2.7 takes, as keepalived.conf: services of every kind, schedulers with their flags, forwarding,
// persistence, quorums, sorry servers, weights. Their real servers are those of r1, which stay, of r2, which come and go, and some that never answer.

import fc from "fast-check";

/** So many virtual servers of a seed, the same on every day. The `place` of the first tells their addresses. */
export function randomServices(seed: number, count: number, place: number): string {
  const [servers = []] = fc.sample(fc.array(server, { minLength: count, maxLength: count }), { seed, numRuns: 1 });
  return servers.map((one, index) => write(one, place + index)).join("");
}

const few = (most: number) => fc.integer({ min: 1, max: most });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const word = (...words: string[]) => fc.constantFrom(...words);

/** Of hosts 11, 21, 31 (r1) and 12, 22, 32 (r2) each serves at most one of them, since direct routing leaves them no port of their own. */
const realServer = fc.record({
  weight: maybe(fc.oneof(few(9), word("0", "1000", "65535"))),
  method: maybe(word("NAT", "DR", "TUN")),
  inhibits: word("", "", "", "inhibit_on_failure"),
  thresholds: word("", "", "uthreshold 100", "uthreshold 50\n lthreshold 20"),
  port: word("80", "80", "8080", ""),
  check: word("80", "80", "80", "80", "81", ""),
});

const server = fc.record({
  serves: word("address", "address", "address", "portless", "zero", "mark", "group", "six", "six mark", "six group"),
  protocol: word("TCP", "TCP", "UDP", "SCTP"),
  scheduler: word("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"),
  flags: fc.subarray(["port", "fallback"]),
  bits: fc.subarray(["flag-1", "flag-2", "flag-3"], { maxLength: 1 }),
  kind: word("NAT", "DR", "TUN", "NAT", "DR", "TUN type ipip", "TUN type gre csum", "TUN type gue port 6080 remcsum"),
  packets: word("", "", "ops"),
  persistence: maybe(word("persistence_timeout", "persistence_timeout 90", "persistence_timeout 3600")),
  granularity: word("", "", "4:255.255.255.0", "4:255.255.0.0", "6:64", "6:48"),
  inhibits: word("", "", "inhibit_on_failure"),
  alpha: word("", "", "alpha"),
  omega: word("", "omega"),
  quorum: maybe(few(12)),
  hysteresis: maybe(few(6)),
  weight: maybe(few(20)),
  sorry: word("", "", "same", "other"),
  sorryInhibits: word("", "", "sorry_server_inhibit"),
  sorryMethod: maybe(word("NAT", "DR", "TUN")),
  hosts: fc.shuffledSubarray([11, 21, 31, 12, 22, 32], { minLength: 1, maxLength: 5 }),
  realServers: fc.array(realServer, { minLength: 5, maxLength: 5 }),
});

type Server = typeof server extends fc.Arbitrary<infer T> ? T : never;
type RealServer = typeof realServer extends fc.Arbitrary<infer T> ? T : never;

function write(one: Server, place: number): string {
  const isSix = one.serves.startsWith("six");
  const { before, service, protocol } = serviceOf(one, place);
  const hasPort = !/portless|mark|zero/.test(one.serves);
  const lines = [
    "delay_loop 1",
    "warmup 0",
    protocol && `protocol ${protocol}`,
    isSix && one.serves.endsWith("mark") && "ip_family inet6",
    `lb_algo ${one.scheduler}`,
    `lb_kind ${one.kind}`,
    ...(/^(sh|mh)$/.test(one.scheduler) ? one.flags.map((flag) => `${one.scheduler}-${flag}`) : one.bits),
    protocol === "UDP" && one.packets,
    one.persistence,
    // keepalived forgets that of a group.
    one.persistence !== undefined && !one.serves.endsWith("group") && granularityOf(one, isSix),
    ...[one.inhibits, one.alpha, one.omega],
    one.quorum && `quorum ${one.quorum}`,
    one.quorum && one.hysteresis && one.hysteresis < one.quorum && `hysteresis ${one.hysteresis}`,
    one.weight && `weight ${one.weight}`,
    one.sorry !== "" && `sorry_server ${host(isSix, 13)} ${hasPort ? (one.sorry === "same" ? 80 : 8080) : ""}`,
    one.sorry !== "" && one.sorryInhibits,
    one.sorry !== "" && one.sorryMethod && `sorry_server_lvs_method ${one.sorryMethod}`,
    ...one.hosts.map((last, index) => realServerLines(one.realServers[index], host(isSix, last), hasPort)),
  ];
  return `${before}virtual_server ${service} {\n ${lines.filter(Boolean).join("\n ")}\n}\n`;
}

interface Service {
  readonly before: string;
  readonly service: string;
  /** What it says of its protocol, where it has one. */
  readonly protocol: string;
}

function serviceOf({ serves, protocol }: Server, place: number): Service {
  const plain = (service: string) => ({ before: "", service, protocol });
  const group = (...lines: string[]) => ({
    ...{ service: `group random${place}`, protocol },
    before: `virtual_server_group random${place} {\n ${lines.join("\n ")}\n}\n`,
  });
  switch (serves) {
    case "portless":
      return plain(`10.9.2.${place}`);
    case "zero":
      return plain(`10.9.2.${place} 0`);
    case "mark":
    case "six mark":
      return { before: "", service: `fwmark 7${place}`, protocol: "" };
    case "group":
      return group(`10.9.3.${place} 80`, `10.9.4.${2 * place}-${2 * place + 1} 8080`, `fwmark 8${place}`);
    case "six":
      return plain(`fd00:2::${place} 80`);
    case "six group":
      return group(`fd00:3::${place} 80`, `fd00:4:${place}::1-2 8080`);
    default:
      return plain(`10.9.2.${place} 80`);
  }
}

function granularityOf({ granularity }: Server, isSix: boolean): string {
  const [family, value] = granularity.split(":");
  return family === (isSix ? "6" : "4") ? `persistence_granularity ${value}` : "";
}

function realServerLines(one: RealServer | undefined, address: string, hasPort: boolean): string {
  if (one === undefined) return "";
  const lines = [
    one.weight !== undefined && `weight ${one.weight}`,
    one.method && `lvs_method ${one.method}`,
    ...[one.inhibits, one.thresholds],
    one.check !== "" && `TCP_CHECK {\n connect_port ${one.check}\n connect_timeout 1\n retry 0\n }`,
  ];
  return `real_server ${address} ${hasPort ? one.port || 80 : ""} {\n ${lines.filter(Boolean).join("\n ")}\n }`;
}

function host(isSix: boolean, last: number): string {
  return isSix ? `fd00::${last}` : `10.9.0.${last}`;
}

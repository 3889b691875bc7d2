// One virtual server for each thing that keepalived and vipward could see differently, as keepalived.conf. Each has the real servers r1 and r2,
// which are down and up together with those of all others.

/** What a variant says; the rest is usual: TCP, port 80 of an address of its own, both real servers with weight 1. */
export interface Variant {
  /** What stands after virtual_server; "@" is the variant's own last octet. */
  readonly serves?: string;
  /** What stands before it, as a group. */
  readonly before?: string;
  readonly protocol?: "TCP" | "UDP" | "SCTP";
  readonly settings: string;
  /** Said of each real server. */
  readonly each?: string;
  readonly weights?: readonly number[];
  /** The addresses and ports of the real servers. */
  readonly real?: readonly [string, string];
}

const sixes = ["fd00::11 80", "fd00::12 80"] as const;

/** All of them; the first has nothing but its real servers. */
export const variants: readonly Variant[] = [
  { settings: "lb_algo rr\n lb_kind NAT" },
  { settings: "lb_algo wrr\n lb_kind DR", weights: [3, 1] },
  { settings: "lb_algo wlc\n lb_kind TUN\n inhibit_on_failure" },
  { settings: "lb_algo sh\n lb_kind DR\n sh-port\n persistence_timeout 120\n persistence_granularity 255.255.255.0" },
  { settings: "lb_algo mh\n lb_kind NAT\n mh-fallback", each: "uthreshold 100\n lthreshold 50" },
  { settings: "lb_algo rr\n lb_kind NAT\n sorry_server 10.9.0.13 80" },
  { settings: "lb_algo rr\n lb_kind NAT\n quorum 2\n sorry_server 10.9.0.13 80\n sorry_server_inhibit" },
  { settings: "lb_algo rr\n lb_kind DR\n quorum 3\n hysteresis 1\n sorry_server 10.9.0.13 80", weights: [2, 2] },
  { settings: "lb_algo rr\n lb_kind DR\n quorum 2\n hysteresis 1\n sorry_server 10.9.0.13 80", weights: [2, 1] },
  {
    settings:
      "lb_algo rr\n lb_kind DR\n inhibit_on_failure\n sorry_server 10.9.0.13 8080\n sorry_server_lvs_method NAT",
  },
  { settings: "lb_algo rr\n lb_kind NAT\n quorum 9\n hysteresis 9", weights: [1, 1] },
  // Services: port 0, marks, groups.
  {
    serves: "10.9.0.@",
    settings: "lb_algo rr\n lb_kind NAT\n persistence_timeout 60",
    real: ["10.9.0.11", "10.9.0.12"],
  },
  { serves: "10.9.0.@ 0", settings: "lb_algo wlc\n lb_kind DR", real: ["10.9.0.11", "10.9.0.12"] },
  { serves: "fwmark 4@", settings: "lb_algo rr\n lb_kind DR\n persistence_timeout 30" },
  { serves: "fwmark 4@", settings: "lb_algo rr\n lb_kind NAT" },
  {
    before: "virtual_server_group one@ {\n 10.9.0.@ 80\n 10.9.0.@ 443\n}",
    serves: "group one@",
    settings: "lb_algo rr\n lb_kind NAT",
  },
  {
    before: "virtual_server_group range@ {\n 10.9.1.10-13 80\n 10.9.1.20 8080\n fwmark 5@\n}",
    serves: "group range@",
    settings: "lb_algo wrr\n lb_kind DR\n sorry_server 10.9.0.13 80\n quorum 2",
    weights: [2, 1],
  },
  {
    before: "virtual_server_group udp@ {\n 10.9.1.30-31 53\n}",
    serves: "group udp@",
    protocol: "UDP",
    settings: "lb_algo sh\n lb_kind NAT\n inhibit_on_failure\n ops",
    real: ["10.9.0.11 5353", "10.9.0.12 5353"],
  },
  // IPv6, and tunnels to the other family.
  { serves: "fd00::@ 80", settings: "lb_algo rr\n lb_kind NAT", real: sixes },
  {
    serves: "fd00::@ 80",
    settings: "lb_algo wlc\n lb_kind DR\n persistence_timeout 90\n persistence_granularity 64\n inhibit_on_failure",
    real: sixes,
    weights: [7, 0],
  },
  { serves: "fwmark 4@", settings: "ip_family inet6\n lb_algo rr\n lb_kind NAT", real: sixes },
  {
    before: "virtual_server_group six@ {\n fd00::b:10-13 80\n}",
    serves: "group six@",
    settings: "lb_algo rr\n lb_kind NAT\n sorry_server fd00::13 80",
    real: sixes,
  },
  { settings: "lb_algo rr\n lb_kind TUN", real: sixes },
  // Tunnels with their options.
  { settings: "lb_algo rr\n lb_kind TUN type gue port 6080\n sorry_server 10.9.0.13 80" },
  { settings: "lb_algo rr\n lb_kind TUN type gue port 6080 remcsum" },
  { settings: "lb_algo rr\n lb_kind TUN type gre csum\n inhibit_on_failure" },
  { settings: "lb_algo rr\n lb_kind DR", each: "lvs_method TUN type ipip nocsum" },
  // Schedulers with their flags, one packet, engines, thresholds, weights.
  { protocol: "UDP", settings: "lb_algo rr\n lb_kind NAT\n ops" },
  { protocol: "UDP", settings: "lb_algo rr\n lb_kind NAT\n persistence_timeout 60\n persistence_engine sip" },
  { protocol: "SCTP", settings: "lb_algo lc\n lb_kind NAT\n persistence_timeout" },
  { settings: "lb_algo mh\n lb_kind DR\n mh-port\n mh-fallback", weights: [10, 1] },
  { settings: "lb_algo sh\n lb_kind NAT\n sh-fallback\n flag-3" },
  { settings: "lb_algo lblcr\n lb_kind DR\n weight 5", each: "uthreshold 10" },
  { settings: "lb_algo twos\n lb_kind NAT\n quorum 3\n hysteresis 2", weights: [2, 3] },
  { settings: "lb_algo fo\n lb_kind NAT", weights: [0, 65535] },
  { settings: "lb_algo ovf\n lb_kind NAT", each: "inhibit_on_failure", weights: [1000, 500] },
];

const check = "TCP_CHECK {\n connect_port 80\n connect_timeout 1\n retry 0\n }";

/** The variants as one keepalived.conf. */
export const config = configOf(variants);

/** Some of them, as one. */
export function configOf(some: readonly Variant[]): string {
  return `global_defs {\n script_user root\n}\n${some.map((variant, place) => virtualServer(variant, 100 + place)).join("")}`;
}

function virtualServer(variant: Variant, octet: number): string {
  const { serves = "10.9.0.@ 80", before = "", protocol = "TCP", settings, each = "", weights = [1, 1] } = variant;
  const { real = ["10.9.0.11 80", "10.9.0.12 80"] } = variant;
  const realServers = real.map(
    (one, place) => ` real_server ${one} {\n weight ${weights[place]}\n ${each}\n ${check}\n }`,
  );
  const named = (text: string) => text.replaceAll("@", String(octet));
  const needsProtocol = serves.startsWith("fwmark") ? "" : `protocol ${protocol}`;
  return `${named(before)}\nvirtual_server ${named(serves)} {\n delay_loop 1\n warmup 0\n ${needsProtocol}\n ${settings}\n${realServers.join("\n")}\n}\n`;
}

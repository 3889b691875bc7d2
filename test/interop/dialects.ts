// The ways to say an advertisement, and a pair of one vipward and one keepalived that speaks any number of them at once: an instance of its
// own for each, with its own virtual router and address.

import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

/** One way. */
export interface Dialect {
  readonly name: string;
  /** Its virtual router and its first virtual address. */
  readonly id: number;
  readonly address: string;
  /** The interface that is made for the virtual router, and what it is made on unless that is eth0. */
  readonly link?: string;
  readonly on?: "eth1";
  /** keepalived writes another checksum than tshark expects. */
  readonly hasOtherChecksum?: true;
  /** The lines of the instance that make the dialect, on the host whose address ends with this number. */
  readonly lines: (own: number, other: number) => readonly string[];
}

const quick = ["version 3", "advert_int 0.1"];
const slow = ["version 2", "advert_int 1"];
const password = "authentication {\n auth_type PASS\n auth_pass secret12\n}";

const described: readonly Omit<Dialect, "id" | "address">[] = [
  { name: "version 2", lines: () => slow },
  { name: "version 2 with a password", lines: () => [...slow, password] },
  { name: "version 2 in authentication headers", lines: () => [...slow, password.replace("PASS", "AH")] },
  {
    name: "version 2 to unicast peers, with a password",
    lines: (own, other) => [...slow, ...unicast(`10.9.0.${own}`, `10.9.0.${other}`), password],
  },
  { name: "version 3", lines: () => quick },
  {
    name: "version 3 to unicast peers, with their times to live checked",
    lines: (own, other) => [
      ...[...quick, "unicast_ttl 200", "check_unicast_src"],
      ...unicast(`10.9.0.${own}`, `10.9.0.${other} min_ttl 199 max_ttl 200`),
    ],
  },
  {
    // keepalived 2.2.7 sends it so and takes only the other kind: a pair of them with this keyword has two masters.
    name: "version 3 with the checksum of RFC 9568 from keepalived",
    hasOtherChecksum: true,
    lines: (own) => [...quick, ...(own === 2 ? ["v3_checksum_as_v2"] : [])],
  },
  {
    name: "version 3 to another group from a chosen source",
    lines: (own) => [...quick, `mcast_src_ip 10.9.0.${own + 4}`, "mcast_dst_ip 224.0.0.81", "track_src_ip"],
  },
  {
    name: "version 3 with a virtual MAC, advertised by the interface below",
    link: "vmac",
    lines: () => [...quick, "use_vmac vmac", "vmac_xmit_base"],
  },
  {
    // An interface has either kind of children. keepalived 2.2.7 wants an address for the ipvlan; vipward needs none, and says so.
    name: "version 3 with an ipvlan",
    link: "ipv",
    on: "eth1",
    lines: (own) => [...quick, `use_ipvlan ipv 10.8.0.${own + 6}/24 bridge`],
  },
];

const described6: typeof described = [
  { name: "version 3 over IPv6", lines: () => quick },
  {
    name: "version 3 over IPv6 to unicast peers",
    lines: (own, other) => [...quick, ...unicast(`2001:db8::${own}`, `2001:db8::${other}`)],
  },
];

/** All of them. */
export const dialects: readonly Dialect[] = [
  ...described.map((one, index) => ({
    ...one,
    id: 100 + index,
    address: `${one.on === undefined ? "10.9" : "10.8"}.0.${100 + index}`,
  })),
  ...described6.map((one, index) => {
    const id = 150 + index;
    // Multicast goes from link-local addresses, whose virtual address comes first.
    return { ...one, id, address: index === 0 ? `fe80::${id}` : `2001:db8::${id}` };
  }),
];

function unicast(source: string, peer: string): string[] {
  return [`unicast_src_ip ${source}`, `unicast_peer {\n ${peer}\n}`];
}

/** The configuration of the host whose address ends with this number. */
export function dialectConfig(spoken: readonly Dialect[], own: number, priority: number): string {
  const instances = spoken.map(
    ({ id, address, lines, on = "eth0" }) => `vrrp_instance VI_${id} {
  state BACKUP
  interface ${on}
  virtual_router_id ${id}
  priority ${priority}
  ${lines(own, 3 - own).join("\n  ")}
  virtual_ipaddress {
    ${address}${address.includes(":") ? "/64" : ""}
  }
}
`,
  );
  return `global_defs {\n}\n${instances.join("")}`;
}

/** One director of each kind on two segments: vipward with this priority on lb1, keepalived with 100 on lb2. */
export function layDialectPair(prefix: string, spoken: readonly Dialect[], priority: number) {
  const network = Network.create(prefix);
  for (const number of [1, 2]) {
    network.addHost(`lb${number}`, `10.9.0.${number}/24 10.9.0.${number + 4}/24 2001:db8::${number}/64`);
    network.connect(`lb${number}`, `10.8.0.${number}/24`, "back");
  }
  const vipward = new Director(network, "lb1").writeConfig(dialectConfig(spoken, 1, priority));
  const keepalived = new KeepalivedDirector(network, "lb2", dialectConfig(spoken, 2, 100));
  return { network, vipward, keepalived };
}

interface Holder {
  holds(address: string): boolean;
}

/** Waits until the one holds the addresses of all, and the other none, unless it is dead and holds what it held. */
export async function settle(
  what: string,
  spoken: readonly Dialect[],
  master: Holder,
  other: Holder | "dead",
  evidence: () => string,
): Promise<void> {
  const unsettled = () =>
    spoken.filter(({ address }) => !master.holds(address) || (other !== "dead" && other.holds(address)));
  await until(() => unsettled().length === 0, {
    ...{ what, timeoutMs: 40_000, everyMs: 50 },
    evidence: () => `not so with ${unsettled().map(({ name, id }) => `${name} (${id})`)}\n${evidence()}`,
  });
}

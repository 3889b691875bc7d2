// The same keepalived.conf given to keepalived 2.2.7 (Debian's package) and to vipward, each alone on a network of its own: both end as master with
// the same addresses, routes and rules, as ip prints them, and say the same on the wire, byte for byte.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { advertisementsIn } from "../support/pcap.ts";
import { until } from "../support/until.ts";

/** The dialects of advertisements, and everything that a master may bring along. */
const config = `global_defs {
  default_interface eth1
}
static_ipaddress {
  10.6.0.9/24 brd + dev eth1
}
static_routes {
  10.50.0.0/16 via 10.8.0.254 dev eth1
  blackhole 10.66.0.0/16 table 300
  fd50::/48 dev eth1 metric 50
}
static_rules {
  from 10.6.0.0/24 table 300 priority 90
  to ::/0 fwmark 9 table 300 priority 91
}
vrrp_instance password {
  interface eth0
  virtual_router_id 51
  priority 150
  authentication {
    auth_type PASS
    auth_pass s3cret
  }
  virtual_ipaddress {
    10.9.0.100/24 brd + label eth0:v
    10.9.0.101
    10.8.0.100/24 dev eth1 scope link
  }
  virtual_ipaddress_excluded {
    10.9.0.110/32
    fd00::110/64
  }
  virtual_routes {
    src 10.9.0.100 to 10.1.0.0/16 via 10.9.0.254 dev eth0
    10.2.0.0/16 dev eth0 scope link mtu 1400 advmss 1360 initcwnd 20 metric 7
    10.3.0.0/16 nexthop via 10.9.0.253 dev eth0 weight 2 nexthop via 10.9.0.254 dev eth0
    10.4.0.0/16 via 10.9.0.254 dev eth0 table 200 tos 0x10
    10.5.0.0/16 via 172.31.0.1 dev eth0 onlink
    unreachable 10.7.0.0/16
    prohibit 10.10.0.0/16
    fd01::/48 via fd00::fe dev eth0
  }
  virtual_rules {
    from 10.9.0.0/24 to 10.8.0.0/16 lookup 200 priority 100
    fwmark 0x7/0xff iif eth0 table 200 priority 101
    uidrange 1000-2000 ipproto tcp dport 80-90 table 200 priority 102
    oif eth0 prohibit priority 103
    to fd00::/16 table 200 suppress_prefixlength 0 priority 104
  }
}
vrrp_instance plain {
  interface eth0
  virtual_router_id 52
  priority 100
  advert_int 2
  virtual_ipaddress {
    10.9.0.120/32
  }
}
vrrp_instance three {
  interface eth0
  version 3
  virtual_router_id 53
  priority 200
  advert_int 0.5
  virtual_ipaddress {
    10.9.0.130/32
    10.9.0.131/32
  }
}
vrrp_instance unicast {
  interface eth0
  version 3
  virtual_router_id 54
  priority 99
  unicast_src_ip 10.9.0.1
  unicast_peer {
    10.9.0.77
  }
  virtual_ipaddress {
    10.9.0.140/32
  }
}
vrrp_instance six {
  interface eth0
  virtual_router_id 55
  priority 101
  advert_int 0.5
  virtual_ipaddress {
    fe80::55:1/64
    fd00::150/64
  }
}
`;

/** Packets that are wrapped, for kernels that do it (CONFIG_LWTUNNEL): the lab's own does. keepalived 2.2.7 leaves encap of several next
 * hops out. */
const wrapping = `
    10.20.0.0/16 encap ip id 100 dst 10.7.0.1 src 10.7.0.2 tos 10 ttl 64 via 10.9.0.254 dev eth0
    10.21.0.0/16 encap ip6 id 7 dst fd07::1 tc 0x20 hoplimit 9 via 10.9.0.254 dev eth0
    fd21::/48 encap ip dst 10.7.0.1 via fd00::fe dev eth0
    fd22::/48 encap ip6 dst fd07::1 src fd07::2 via fd00::fe dev eth0`;

/** Those of labels, where the kernel has MPLS. */
const labelling = "\n    10.22.0.0/16 encap mpls 100/200 via 10.9.0.254 dev eth0";

/** The configuration, with what this kernel is able to do. */
function configFor(network: Network): string {
  const able = (...encap: string[]) => {
    const route = ["10.99.0.0/16", "encap", ...encap, "dev", "eth0"];
    return ["add", "del"].every((verb) => network.exec("lb", ["ip", "route", verb, ...route]).code === 0);
  };
  for (const module of ["mpls_router", "mpls_iptunnel"]) network.exec("lb", ["modprobe", "-q", module]);
  const further = (able("ip", "id", "1") ? wrapping : "") + (able("mpls", "100", "via", "10.9.0.254") ? labelling : "");
  return config.replace("\n    unreachable 10.7.0.0/16", `${further}$&`);
}

/** What ip says, without who has written it and what it counts by itself. */
const questions: readonly (readonly string[])[] = [
  ["-4", "route", "show", "table", "all"],
  ["-6", "route", "show", "table", "all"],
  ["-4", "rule"],
  ["-6", "rule"],
  ["-4", "address", "show", "scope", "global"],
  ["-4", "address", "show", "scope", "link"],
  ["-6", "address", "show", "scope", "global"],
];

function whatIpSays(network: Network): readonly string[] {
  return questions.flatMap((words) =>
    network
      .run("lb", ["ip", ...words])
      .split("\n")
      .map((line) =>
        line
          .replace(/^\d+: (eth\d)@if\d+: .*/, "$1:")
          .replace(/proto (keepalived|112)/, "proto ours")
          .replace(/valid_lft \S+ preferred_lft (\S+)/, (_, preferred) => (preferred === "0sec" ? "deprecated" : ""))
          // Leases: vipward's addresses are dynamic; IPv6 routes of a prefix count down.
          .replace(/ (dynamic|nodad|expires \d+sec|pref medium)/g, "")
          .replace(/fe80::[0-9a-f:]{12,}/g, "fe80::own")
          .trim(),
      )
      .filter((line) => line !== "" && !/^(multicast|broadcast|anycast) /.test(line) && !line.includes("fe80::own"))
      .sort(),
  );
}

function lay(prefix: string): Network {
  const network = Network.create(prefix);
  network.addHost("lb", "10.9.0.1/24 fd00::1/64");
  network.connect("lb", "10.8.0.1/24", "back");
  // The unicast peer is nobody: what is for it leaves all the same.
  network.configure("lb", ["neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev eth0"]);
  return network;
}

/** Captures what leaves a host; the file grows as it does. */
async function capture(network: Network): Promise<string> {
  const file = join(network.directory, "adverts.pcap");
  const words = ["tcpdump", "-Z", "root", "-U", "-Q", "out", "-i", "eth0", "-w", file, "ip proto 112 or ip6 proto 112"];
  const dump = network.spawn("lb", words);
  await until(() => dump.output().includes("listening on"), { what: "tcpdump listens", timeoutMs: 20_000 });
  return file;
}

test.skipIf(!kernelHasIpvs)(
  "vipward and keepalived hold the same addresses, routes and rules as masters, and send the same advertisements byte for byte",
  async () => {
    const ours = lay("sro");
    await using _ours = ours;
    const theirs = lay("srt");
    await using _theirs = theirs;
    const files = await Promise.all([ours, theirs].map(capture));
    const whole = configFor(ours);
    const vipward = new Director(ours, "lb").writeConfig(whole).start();
    const keepalived = new KeepalivedDirector(theirs, "lb", whole);
    await Promise.all([vipward.ready(), keepalived.start()]);

    const both = () => ({ vipward: whatIpSays(ours), keepalived: whatIpSays(theirs) });
    const evidence = () => {
      const { vipward: left, keepalived: right } = both();
      const only = {
        vipward: left.filter((x) => !right.includes(x)),
        keepalived: right.filter((x) => !left.includes(x)),
      };
      return JSON.stringify({ only, log: keepalived.log().slice(-1500) }, undefined, 1);
    };
    const bothHold = (address: string) => vipward.holds(address) && keepalived.holds(address);
    const areMasters = () =>
      ["10.9.0.100", "10.9.0.120", "10.9.0.130", "10.9.0.140", "fd00::150"].every((address) => bothHold(address));
    await until(areMasters, { what: "both are masters of everything", timeoutMs: 40_000, evidence });
    const agree = () => {
      const { vipward: left, keepalived: right } = both();
      return String(left) === String(right);
    };
    await until(agree, { what: "ip says the same of both", timeoutMs: 20_000, everyMs: 500, evidence });
    expect(both().vipward).toEqual(both().keepalived);

    const said = (file: string | undefined) => advertisementsIn(readFileSync(file ?? ""));
    const complete = () => files.every((file) => said(file).size === 5);
    await until(complete, { what: "every instance has advertised", timeoutMs: 20_000 });
    const [left = {}, right = {}] = files.map((file) => Object.fromEntries(said(file)));
    expect(left).toEqual(right);

    // Nothing stays behind of either.
    expect(vipward.cli("stop").code).toBe(0);
    await keepalived.stop();
    await until(agree, { what: "both have left the same", timeoutMs: 20_000, everyMs: 500, evidence });
  },
  LAB_TEST_TIMEOUT_MS,
);

// The same keepalived.conf given to keepalived 2.2.7 (Debian's package) and to vipward, each alone on a network of its own: both end as master with
// the same addresses, routes and rules, as ip prints them, and say the same on the wire, byte for byte.

import { test } from "bun:test";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import type { Network } from "../support/network.ts";
import { randomDirector } from "./random-director.ts";
import { compare } from "./side-by-side.ts";

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
vrrp_instance corrected {
  state master
  interface eth0
  virtual_router_id 56
  priority 300
  advert_int 1.4
  garp_master_repeat 0
  virtual_ipaddress {
    10.9.0.160/33
    10.9.0.161/32
    10.9.0.161/32
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

test.skipIf(!kernelHasIpvs)(
  "vipward and keepalived hold the same addresses, routes and rules as masters, and send the same advertisements byte for byte",
  () =>
    compare({
      prefix: "sr",
      configFor,
      addresses: ["10.9.0.100", "10.9.0.120", "10.9.0.130", "10.9.0.140", "10.9.0.160", "fd00::150"],
      advertising: 6,
    }),
  LAB_TEST_TIMEOUT_MS,
);

/** The seeds of random directors; RANDOM_DIRECTORS=1,2,3 for others. */
const seeds = (process.env.RANDOM_DIRECTORS ?? "1").split(",").map(Number);

for (const seed of seeds)
  test.skipIf(!kernelHasIpvs)(
    `so do they with the random settings of seed ${seed}`,
    () => {
      const { config: text, addresses, advertising } = randomDirector(seed);
      return compare({ prefix: `r${seed}`, configFor: () => text, addresses, advertising });
    },
    LAB_TEST_TIMEOUT_MS,
  );

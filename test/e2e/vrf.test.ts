// Directors whose interface is in a VRF, and the membership reports that switches do not need, with the compiled binary.

import { expect, test } from "bun:test";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const vip = "10.9.0.100";

function config(own: number, peer: number, priority: number): string {
  return `global_defs {
  disable_local_igmp
}
vrrp_instance VI_1 {
  vrf blue
  virtual_router_id 51
  version 3
  advert_int 0.2
  priority ${priority}
  unicast_src_ip 10.9.0.${own}
  unicast_peer {
    10.9.0.${peer}
  }
  virtual_ipaddress {
    ${vip}/24 dev eth0
  }
}
`;
}

test.skipIf(!kernelHasIpvs)(
  "an instance without an interface speaks with its peers through its VRF, and waits for one that is not there",
  async () => {
    const network = Network.create("vrf");
    await using _ = network;
    const directors = ([1, 2] as const).map((number) => {
      const host = `lb${number}`;
      network.addHost(host, `10.9.0.${number}/24`);
      if (number === 1) joinVrf(network, host);
      return new Director(network, host).writeConfig(config(number, 3 - number, number === 1 ? 150 : 100));
    });
    const [lb1, lb2] = directors as [Director, Director];
    const evidence = () => `${lb1.logText()}\n---\n${lb2.logText()}\n${lb2.cli("vrrp").stdout}`;
    await Promise.all([lb1.start().ready(), lb2.start().ready()]);
    await lb1.becomesMaster(vip);
    await until(() => lb2.cli("vrrp").stdout.includes("state fault"), { what: "lb2 misses its VRF", evidence });
    joinVrf(network, "lb2");
    await until(() => lb2.cli("vrrp").stdout.includes("master 10.9.0.1 prio 150"), {
      ...{ what: "lb2 hears lb1 through its VRF", timeoutMs: 20_000, evidence },
    });
    expect(lb2.holds(vip)).toBe(false);
    expect(reports(network, "lb1")).toBe("0");
    expect(lb1.cli("stop").code).toBe(0);
    await lb2.becomesMaster(vip);
    expect(reports(network, "lb1")).toBe("1");
  },
  LAB_TEST_TIMEOUT_MS,
);

function joinVrf(network: Network, host: string): void {
  network.configure(host, ["link add blue type vrf table 10", "link set blue up", "link set eth0 master blue"]);
}

function reports(network: Network, host: string): string {
  return network.run(host, ["cat", "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"]).trim();
}

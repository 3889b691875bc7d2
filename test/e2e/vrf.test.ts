// Directors whose interface is in a VRF, the membership reports that switches do not need, and an agent that goes into another network namespace, with
// the compiled binary.

import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const vip = "10.9.0.100";

/** A director for the namespace of a host, whichever that is. */
function elsewhere(namespace: string): string {
  return `net_namespace ${namespace}
instance other
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 52
  version 3
  advert_int 0.2
  priority 150
  virtual_ipaddress {
    ${vip}/24
  }
}
virtual_server ${vip} 80 {
  protocol TCP
  lb_algo rr
  lb_kind DR
  real_server 10.9.0.11 80 {
  }
}
`;
}

/** The network namespaces of all threads of the agent's processes. */
function namespacesOf(director: Director): readonly string[] {
  const pids = (["control", "vrrp", "checkers"] as const).map((role) => director.pid(role));
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`),
  );
  return [...new Set(threads.map((thread) => readlinkSync(`${thread}/ns/net`)))];
}

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

test.skipIf(!kernelHasIpvs)(
  "an agent with net_namespace lives in that namespace as a whole, and changes it at a new start only",
  async () => {
    const network = Network.create("nsa");
    await using _ = network;
    for (const [host, last] of Object.entries({ home: 1, there: 2, further: 3 }))
      network.addHost(host, `10.9.0.${last}/24`);
    const director = new Director(network, "home").writeConfig(elsewhere(network.namespace("there")));
    const isServed = (host: string) => {
      const services = network.run(host, ["ipvsadm", "-Sn"]).includes("10.9.0.11:80");
      const address = network.run(host, ["ip", "-4", "address"]).includes(`${vip}/24`);
      return `${services} ${address}`;
    };
    const evidence = () => director.logText();
    const served = (host: string) => until(() => isServed(host) === "true true", { what: `${host} serves`, evidence });
    await director.start().ready();
    await served("there");
    expect(isServed("home")).toBe("false false");
    const inside = network.run("there", ["readlink", "/proc/self/ns/net"]).trim();
    expect(namespacesOf(director)).toEqual([inside]);

    director.writeConfig(elsewhere(network.namespace("further"))).signal("control", "SIGHUP");
    await until(() => evidence().includes("file-not-applied"), { what: "the file is refused", evidence });
    expect(evidence()).toContain("it cannot change that while it runs: stop it");
    expect([isServed("there"), isServed("further")]).toEqual(["true true", "false false"]);

    // Control dies, and the next one goes elsewhere: what is left in the namespace before is removed from there.
    director.signal("control", "SIGKILL");
    await director.exited;
    director.start();
    await served("further");
    await until(() => isServed("there") === "false false", { what: "nothing is left behind", evidence });
    expect(director.cli("stop").code).toBe(0);
    expect(isServed("further")).toBe("false false");
  },
  LAB_TEST_TIMEOUT_MS,
);

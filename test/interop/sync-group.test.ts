// A sync group of two instances on vipward and on keepalived 2.2.7: whichever is the better one, both instances are always in one place.

import { expect, test } from "bun:test";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const addresses = ["10.9.0.100", "10.8.0.100"] as const;

function config(priority: number): string {
  const instance = (name: string, link: string, id: number, address: string) => `vrrp_instance ${name} {
  state BACKUP
  interface ${link}
  virtual_router_id ${id}
  version 3
  advert_int 0.2
  priority ${priority}
  virtual_ipaddress {
    ${address}/24
  }
}
`;
  return `${instance("VI_1", "eth0", 51, addresses[0])}${instance("VI_2", "eth1", 52, addresses[1])}
vrrp_sync_group VG_1 {
  group {
    VI_1
    VI_2
  }
}
`;
}

function layMixedPair(prefix: string, better: "vipward" | "keepalived") {
  const network = Network.create(prefix);
  for (const [host, last] of [
    ["lb1", 1],
    ["lb2", 2],
  ] as const) {
    network.addHost(host, `10.9.0.${last}/24`);
    network.connect(host, `10.8.0.${last}/24`, "back");
  }
  const vipward = new Director(network, "lb1").writeConfig(config(better === "vipward" ? 150 : 100));
  const keepalived = new KeepalivedDirector(network, "lb2", config(better === "keepalived" ? 150 : 100));
  return { network, vipward, keepalived };
}

interface Holder {
  holds(address: string): boolean;
}

async function holdsBoth(what: string, master: Holder, other: Holder, evidence: () => string): Promise<void> {
  const settled = () =>
    addresses.every((address) => master.holds(address)) && addresses.every((address) => !other.holds(address));
  await until(settled, { what, timeoutMs: 30_000, everyMs: 20, evidence });
}

for (const better of ["vipward", "keepalived"] as const)
  test.skipIf(!kernelHasIpvs)(
    `with ${better} as the better one, both instances move together when either director loses one link`,
    async () => {
      const { network, vipward, keepalived } = layMixedPair(`sg${better.charAt(0)}`, better);
      await using _ = network;
      const [first, second, host] = better === "vipward" ? [vipward, keepalived, "lb1"] : [keepalived, vipward, "lb2"];
      const evidence = () => `${vipward.logText()}\n---\n${keepalived.log()}`;
      await keepalived.start();
      await vipward.start().ready();
      await holdsBoth(`${better} is master of both`, first, second, evidence);
      network.setCarrier(host, "eth1", false);
      await holdsBoth("the other takes both over", second, first, evidence);
      network.setCarrier(host, "eth1", true);
      await holdsBoth(`${better} has both back`, first, second, evidence);
      expect(keepalived.log()).not.toMatch(/invalid|mismatch|bogus/i);
    },
    LAB_TEST_TIMEOUT_MS,
  );

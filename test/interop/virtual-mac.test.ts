// A pair with a virtual MAC, one director of each kind: whoever is master answers, advertises and announces with 00:00:5e:00:01:64, so a
// client never learns another hardware address for the virtual one.

import { expect, test } from "bun:test";
import { pairConfig, virtualAddress } from "../e2e/pair.ts";
import { Capture } from "../support/capture.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const virtualMac = "00:00:5e:00:01:64";

function layPair(better: "vipward" | "keepalived", advertInt = "0.1") {
  const network = Network.create(`vm${better[0]}`);
  for (const [host, last] of [
    ["lb1", 1],
    ["lb2", 2],
    ["client", 50],
  ] as const) {
    network.addHost(host, `10.9.0.${last}/24`);
    network.connect(host, `10.8.0.${last}/24`, "back");
  }
  const config = (kind: string, source: string) =>
    pairConfig({
      ...{ version: 3, advertInt, state: "BACKUP", source, virtualServers: false },
      priority: kind === better ? 150 : 100,
    }).replace("virtual_router_id 100", "virtual_router_id 100\n  use_vmac");
  const vipward = new Director(network, "lb1").writeConfig(config("vipward", "10.9.0.1"));
  const keepalived = new KeepalivedDirector(network, "lb2", config("keepalived", "10.9.0.2"));
  return { network, vipward, keepalived };
}

/** The hardware address that the client gets when it asks for the virtual one. */
function learned(network: Network): string {
  network.exec("client", ["ip", "neighbour", "flush", "dev", "eth0"]);
  // It ends with the first answer; five seconds are for a busy guest.
  network.exec("client", ["ping", "-c1", "-W5", virtualAddress.direct]);
  return network.run("client", ["ip", "neighbour", "show", virtualAddress.direct]);
}

/** The hardware addresses that advertisements come from. */
function senders(network: Network): Set<string> {
  const argv = ["timeout", "30", "tcpdump", "-Z", "root", "-nei", "eth0", "-c", "6", "ip proto 112"];
  const lines = network
    .exec("client", argv)
    .stdout.split("\n")
    .filter((line) => line !== "");
  return new Set(lines.map((line) => line.split(" ")[1] ?? ""));
}

const linkOf = (network: Network, host: string) => network.exec(host, ["ip", "-d", "link", "show", "vrrp.100"]).stdout;
const setting = (network: Network, name: string) =>
  network.run("lb1", ["cat", `/proc/sys/net/ipv4/conf/${name}`]).trim();

for (const better of ["vipward", "keepalived"] as const) {
  test.skipIf(!kernelHasIpvs)(
    `with a virtual MAC a better ${better} is master, and each takes over from the other by kill and by stop`,
    async () => {
      const { network, vipward, keepalived } = layPair(better);
      await using _ = network;
      const isMaster = (one: { holds(address: string): boolean }, other: { holds(address: string): boolean }) => () =>
        one.holds(virtualAddress.direct) && !other.holds(virtualAddress.direct);
      const evidence = () => `${vipward.logText()}\n${keepalived.log()}`;
      await keepalived.start();
      await vipward.start().ready();
      const [first, second] = better === "vipward" ? [vipward, keepalived] : [keepalived, vipward];
      await until(isMaster(first, second), { what: `${better} is master`, timeoutMs: 20_000, evidence });
      expect(linkOf(network, "lb1")).toMatch(
        /vrrp\.100@eth0: .*UP[\s\S]*00:00:5e:00:01:64[\s\S]*macvlan mode private[\s\S]*addrgenmode none/,
      );
      expect(linkOf(network, "lb1")).toContain("alias vipward");
      // keepalived asks for the client's address from its real hardware address, and the client learns that: not so with vipward.
      if (better === "vipward") expect(learned(network)).toContain(virtualMac);
      expect(senders(network)).toEqual(new Set([virtualMac]));
      if (better === "vipward") {
        vipward.killEverything();
        await until(() => keepalived.holds(virtualAddress.direct), { what: "keepalived takes over", evidence });
        expect(linkOf(network, "lb1")).toContain("macvlan");
        await vipward.start().ready();
        await until(isMaster(vipward, keepalived), { what: "vipward preempts", timeoutMs: 20_000, evidence });
        expect(setting(network, "eth0/arp_ignore")).toBe("1");
      } else {
        await keepalived.stop();
        await until(isMaster(vipward, keepalived), { what: "vipward takes over", timeoutMs: 20_000, evidence });
        expect(learned(network)).toContain(virtualMac);
        expect(senders(network)).toEqual(new Set([virtualMac]));
      }
      expect(vipward.cli("stop").code).toBe(0);
      expect(linkOf(network, "lb1")).toBe("");
      for (const name of ["arp_ignore", "arp_filter", "arp_announce"])
        expect([name, setting(network, `eth0/${name}`)]).toEqual([name, "0"]);
    },
    LAB_TEST_TIMEOUT_MS,
  );
}

test.skipIf(!kernelHasIpvs)(
  "a virtual MAC's link that somebody removes is made again without giving up mastership, and one that nobody wants any more goes after a crash",
  async () => {
    // The kernel takes a moment to remove a link, and a busy guest longer than the master down interval of the shorter one.
    const { network, vipward } = layPair("vipward", "1");
    await using _ = network;
    const reports = await Capture.start(network, "client", { filter: "igmp or (icmp6 and ip6 multicast)" });
    await vipward.start().ready();
    await vipward.becomesMaster(virtualAddress.direct);
    network.run("lb1", ["ip", "link", "delete", "vrrp.100"]);
    await until(() => vipward.holds(virtualAddress.direct) && linkOf(network, "lb1") !== "", {
      what: "the link and its addresses are back",
      evidence: () => vipward.logText(),
    });
    const changes = vipward.logText().match(/vrrp-state-changed.*/g);
    expect({ changes, count: changes?.length, log: vipward.logText() }).toMatchObject({ count: 2 });
    vipward.killEverything();
    const log = vipward.logText().length;
    vipward.writeConfig(
      "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n 10.9.0.77\n }\n}\n",
    );
    vipward.start();
    await until(() => vipward.logText().slice(log).includes("agent-ready"), { what: "ready again", timeoutMs: 30_000 });
    expect(linkOf(network, "lb1")).toBe("");
    expect(setting(network, "eth0/arp_ignore")).toBe("0");
    expect((await reports.stop()).filter(({ sourceMac }) => sourceMac === virtualMac)).toEqual([]);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "an address on another interface has the virtual MAC there, is announced again and again, and its link goes with a stop",
  async () => {
    const { network, vipward } = layPair("vipward", "1");
    await using _ = network;
    vipward.writeConfig(`vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 100
  priority 150
  use_vmac_addr
  garp_extra_if 1
  virtual_ipaddress {
    ${virtualAddress.direct}
    ${virtualAddress.gateway}/24 dev eth1
  }
}
`);
    const heard = await Capture.start(network, "client", { link: "eth1", filter: `arp and ether src ${virtualMac}` });
    await vipward.start().ready();
    await vipward.becomesMaster(virtualAddress.gateway);
    const shown = network.run("lb1", ["ip", "-d", "address", "show", "dev", "vrrp.100.eth1"]);
    expect(shown).toMatch(/@eth1: [\s\S]*00:00:5e:00:01:64[\s\S]*10\.8\.0\.254\/24/);
    network.exec("client", ["ip", "neighbour", "flush", "dev", "eth1"]);
    network.exec("client", ["ping", "-c1", "-W2", virtualAddress.gateway]);
    expect(network.run("client", ["ip", "neighbour", "show", virtualAddress.gateway])).toContain(virtualMac);
    // Five on becoming master, five more after five seconds; what garp_extra_if sends comes alone.
    const before = heard.frames().length;
    await until(() => heard.frames().length > before, { what: "announced again", timeoutMs: 4_000 });
    expect(vipward.cli("stop").code).toBe(0);
    expect(network.exec("lb1", ["ip", "link", "show", "vrrp.100.eth1"]).stdout).toBe("");
    await heard.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);

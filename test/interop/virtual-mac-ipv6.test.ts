// A pair with a virtual MAC for IPv6, one director of each kind: whoever is master advertises, announces and answers with 00:00:5e:00:02:64, from the link-local
// address of its interface, and nothing of a backup leaves with the virtual MAC.

import { expect, test } from "bun:test";
import { Capture } from "../support/capture.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const virtualMac = "00:00:5e:00:02:64";
const address = "2001:db8::100";

function config(priority: number, keyword: string): string {
  return `vrrp_instance VI_6 {
  state BACKUP
  interface eth0
  virtual_router_id 100
  version 3
  advert_int 0.1
  priority ${priority}
  ${keyword}
  virtual_ipaddress {
    fe80::100/64
    ${address}/64
  }
}
`;
}

function layNetwork(prefix: string) {
  const network = Network.create(prefix);
  for (const [host, last] of [
    ["lb1", 1],
    ["lb2", 2],
    ["client", 50],
  ] as const)
    network.addHost(host, `10.9.0.${last}/24 2001:db8::${last}/64`);
  return network;
}

/** What the client finds when it asks for the virtual address. */
function learned(network: Network): string {
  network.exec("client", ["ip", "-6", "neighbour", "flush", "dev", "eth0"]);
  network.exec("client", ["ping", "-c1", "-W5", address]);
  return network.run("client", ["ip", "-6", "neighbour", "show", address]);
}

const linkOf = (network: Network) => network.exec("lb1", ["ip", "-d", "link", "show", "vrrp6.100"]).stdout;
const macOf = (network: Network, host: string) => network.run(host, ["cat", "/sys/class/net/eth0/address"]).trim();

/** Reports of groups (with a hop-by-hop header before them) and router solicitations. */
const reports = "ip6[6] = 0 or (ip6[6] = 58 and ip6[40] = 133)";

for (const better of ["vipward", "keepalived"] as const) {
  test.skipIf(!kernelHasIpvs)(
    `with a virtual MAC for IPv6 a better ${better} is master, and each takes over from the other by kill and by stop`,
    async () => {
      const network = layNetwork(`v6${better[0]}`);
      await using _ = network;
      const priority = (kind: string) => (kind === better ? 150 : 100);
      const vipward = new Director(network, "lb1").writeConfig(config(priority("vipward"), "use_vmac"));
      const keepalived = new KeepalivedDirector(network, "lb2", config(priority("keepalived"), "use_vmac"));
      const evidence = () =>
        `${vipward.logText()}\n${keepalived.log()}\n${network.exec("lb1", ["ip", "-6", "a"]).stdout}`;
      const isMaster = (one: { holds(address: string): boolean }, other: { holds(address: string): boolean }) => () =>
        one.holds(address) && !other.holds(address);
      const told = await Capture.start(network, "client", { filter: reports });
      const capture = await Capture.start(network, "client");
      await keepalived.start();
      await vipward.start().ready();
      const [first, second] = better === "vipward" ? [vipward, keepalived] : [keepalived, vipward];
      await until(isMaster(first, second), { what: `${better} is master`, timeoutMs: 30_000, evidence });
      expect(linkOf(network)).toMatch(
        /vrrp6\.100@eth0: .*UP[\s\S]*00:00:5e:00:02:64[\s\S]*macvlan mode private[\s\S]*addrgenmode none/,
      );
      expect(learned(network)).toContain(virtualMac);
      expect(network.run("lb1", ["ip", "-6", "maddress", "show", "dev", "eth0"])).toContain("ff02::12");
      if (better === "vipward") {
        vipward.killEverything();
        await until(() => keepalived.holds(address), { what: "keepalived takes over", timeoutMs: 20_000, evidence });
        await vipward.start().ready();
        await until(isMaster(vipward, keepalived), { what: "vipward preempts", timeoutMs: 30_000, evidence });
      } else {
        await keepalived.stop();
        await until(isMaster(vipward, keepalived), { what: "vipward takes over", timeoutMs: 30_000, evidence });
        await keepalived.start();
        await until(isMaster(keepalived, vipward), { what: "keepalived preempts", timeoutMs: 30_000, evidence });
        keepalived.kill();
        await until(() => vipward.holds(address), { what: "vipward takes over again", timeoutMs: 20_000, evidence });
      }
      // What keepalived's kill leaves behind answers, too.
      if (better === "vipward") expect(learned(network)).toContain(virtualMac);
      const frames = capture.frames();
      const own = network
        .run("lb1", ["ip", "-6", "-o", "address", "show", "dev", "eth0", "scope", "link"])
        .match(/fe80::[0-9a-f:]+/)?.[0];
      const advertisements = frames.filter((frame) => frame.kind === "vrrp");
      expect(new Set(advertisements.map(({ sourceMac }) => sourceMac))).toEqual(new Set([virtualMac]));
      expect(advertisements.some(({ source }) => source === own)).toBe(true);
      const announcements = frames.filter(
        (frame) => frame.kind === "neighbor" && frame.operation === "advertisement" && frame.destination === "ff02::1",
      );
      expect(announcements.some((frame) => frame.sourceMac === virtualMac)).toBe(true);
      expect(vipward.cli("stop").code).toBe(0);
      expect(linkOf(network)).toBe("");
      expect(network.exec("lb1", ["nft", "list", "ruleset"]).stdout).not.toContain("vipward");
      // keepalived's own reports are its matter; ours come from the interface below, with the group that switches must bring there.
      const heard = (await told.stop()).map(({ sourceMac, line }) => `${sourceMac} ${line}`);
      const ours = heard.filter((line) => line.startsWith(macOf(network, "lb1")));
      expect(ours.some((line) => line.includes("multicast listener report"))).toBe(true);
    },
    LAB_TEST_TIMEOUT_MS,
  );
}

test.skipIf(!kernelHasIpvs)(
  "nothing but the master's own leaves with the virtual MAC of IPv6: no reports of groups, no solicitations, no detection of duplicates",
  async () => {
    const network = layNetwork("v6q");
    await using _ = network;
    const capture = await Capture.start(network, "client", { filter: `ether src ${virtualMac}` });
    const directors = (["lb1", "lb2"] as const).map((host, place) =>
      new Director(network, host).writeConfig(config(150 - 50 * place, "use_vmac")),
    );
    const [best, other] = directors as [Director, Director];
    await best.start().ready();
    await other.start().ready();
    await until(() => best.holds(address) && !other.holds(address), {
      what: "the better one is master",
      timeoutMs: 20_000,
    });
    expect(other.cli("stop").code).toBe(0);
    expect(learned(network)).toContain(virtualMac);
    const kinds = (await capture.stop()).map(({ line, kind }) =>
      kind === "other" && line.includes("echo reply") ? "echo reply" : kind,
    );
    const lines = kinds.includes("other") ? capture.frames().map(({ line }) => line) : [];
    expect({ kinds: new Set(kinds), lines }).toEqual({ kinds: new Set(["vrrp", "neighbor", "echo reply"]), lines: [] });
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "an address on an ipvlan of IPv6 answers, and goes with a stop",
  async () => {
    const network = layNetwork("v6i");
    await using _ = network;
    const vipward = new Director(network, "lb1").writeConfig(config(150, "use_ipvlan"));
    await vipward.start().ready();
    await vipward.becomesMaster(address);
    expect(network.run("lb1", ["ip", "-6", "address", "show", "dev", "ipvlan.100"])).toContain(address);
    expect(learned(network)).toContain(macOf(network, "lb1"));
    expect(vipward.cli("stop").code).toBe(0);
    expect(network.exec("lb1", ["ip", "link", "show", "ipvlan.100"]).stdout).toBe("");
  },
  LAB_TEST_TIMEOUT_MS,
);

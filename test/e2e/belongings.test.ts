// What a master has in the kernel besides its plain addresses, with iproute2 and procfs as the readers, through a start, a stop, a crash and a
// change by somebody else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { whyNoNftables } from "../support/nftables.ts";
import { until } from "../support/until.ts";

let network: Network;
let director: Director;

const config = (more = "") => `vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 150
  version 3
  advert_int 0.1
  promote_secondaries
  virtual_ipaddress {
    10.9.0.100/24 brd + label eth0:web
    10.9.0.101/32 preferred_lft 0 noprefixroute scope link
  }
  virtual_ipaddress_excluded {
    10.8.0.254/24 dev eth1 no_track
    10.7.0.1 dev eth1 peer 10.7.1.1/30
    2001:db8::fe dev eth1
  }
${more}}
`;

const ip = (...words: string[]) => network.run("lb1", ["ip", ...words]);
const setting = (name: string) => network.run("lb1", ["cat", `/proc/sys/net/ipv4/conf/${name}`]).trim();

beforeAll(() => {
  if (!kernelHasIpvs) return;
  network = Network.create("belong");
  network.addHost("lb1", "10.9.0.1/24");
  network.connect("lb1", "10.8.0.1/24", "back");
  director = new Director(network, "lb1");
});

afterAll(() => network?.dispose());

const routing = `  virtual_routes {
    10.50.0.0/16 via 10.9.0.254 dev eth0 src 10.9.0.100 mtu 1400
    blackhole 10.66.0.0/16
    10.51.0.0/16 via 10.9.0.253 dev eth0 table 100 metric 5
    10.53.0.0/16 via 10.9.0.254 features ecn congctl cubic
    2001:db8:50::/48 dev eth1 pref high
  }
  virtual_rules {
    from 10.9.0.0/24 fwmark 7 lookup 100 priority 100
    inet6 iif eth0 prohibit priority 101
    tun_id 42 lookup 100 priority 102
  }
`;

const statics = `global_defs {
  lvs_sync_daemon eth1 VI_1
}
static_ipaddress {
  10.6.0.1/24 dev eth1
}
static_routes {
  10.52.0.0/16 via 10.6.0.254 dev eth1
}
static_rules {
  from 10.6.0.0/24 lookup 200 priority 90
}
`;

/** What iproute2 shows with our mark; of rules, which it does not tell apart by it, those that are not the kernel's own. */
const ours = () => ({
  routes: ip("-4", "route", "show", "table", "all", "proto", "112"),
  routes6: ip("-6", "route", "show", "proto", "112"),
  rules: `${ip("rule", "list")}${ip("-6", "rule", "list")}`.replace(/^(0|32766|32767):.*\n/gm, ""),
});
/** Asks the agent to stop, and shows what it said where that left something behind. */
async function stopped(): Promise<void> {
  const log = director.logText().length;
  director.signal("control", "SIGTERM");
  const code = await director.exited;
  if (code === 0 && !director.logText().slice(log).includes("not-removed")) return;
  throw new Error(`the agent ended with ${code}:\n${director.logText().slice(-4000)}`);
}
const none = { routes: "", routes6: "", rules: "" };

describe.skipIf(!kernelHasIpvs)("routes and rules", () => {
  test(
    "are there with the master, and static ones whoever is master",
    async () => {
      await director
        .writeConfig(statics + config(routing))
        .start()
        .ready();
      await director.becomesMaster("10.9.0.100");
      await until(() => ours().routes.includes("10.50.0.0/16"), { what: "the routes are there" });
      const { routes, routes6, rules } = ours();
      expect(
        routes
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== "")
          .sort(),
      ).toEqual([
        "10.50.0.0/16 via 10.9.0.254 dev eth0 src 10.9.0.100 mtu 1400",
        "10.51.0.0/16 via 10.9.0.253 dev eth0 table 100 metric 5",
        "10.52.0.0/16 via 10.6.0.254 dev eth1",
        "10.53.0.0/16 via 10.9.0.254 dev eth0 features ecn congctl cubic",
        "blackhole 10.66.0.0/16",
      ]);
      expect(routes6).toContain("2001:db8:50::/48 dev eth1 metric 1024");
      expect(routes6).toMatch(/2001:db8:50::\/48 .*pref high/);
      expect(rules).toMatch(/^102:.*tun_id 42/m);
      expect(rules).toContain("90:\tfrom 10.6.0.0/24 lookup 200");
      expect(rules).toContain("100:\tfrom 10.9.0.0/24 fwmark 0x7 lookup 100");
      expect(rules).toContain("101:\tfrom all iif eth0 prohibit");
      const daemons = () => network.run("lb1", ["ipvsadm", "-L", "--daemon"]);
      await until(() => daemons().includes("master sync daemon (mcast=eth1, syncid=51"), { what: "the daemon tells" });
      expect(daemons()).not.toContain("backup");
      expect(director.cli("vrrp").stdout).toContain("sync-daemon master on eth1 id 51");
      expect(director.cli("vrrp").stdout).toContain("\nstatic rule 90: from 10.6.0.0/24 lookup 200\n");
      expect(director.cli("vrrp").stdout).toContain("route 10.50.0.0/16 via 10.9.0.254 dev eth0");
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test(
    "that somebody removes are put back, and the kernel's own removals are noticed",
    async () => {
      const before = ours();
      ip("route", "del", "10.50.0.0/16");
      ip("rule", "del", "priority", "100");
      ip("address", "del", "10.6.0.1/24", "dev", "eth1");
      const isBack = () => Bun.deepEquals(ours(), before) && ip("address", "show", "dev", "eth1").includes("10.6.0.1");
      await until(isBack, { what: "all is back", evidence: () => JSON.stringify([before, ours()]) });
      ip("link", "set", "eth1", "down");
      ip("link", "set", "eth1", "up");
      await until(isBack, { what: "all is back", evidence: () => JSON.stringify([before, ours()]) });
      expect(director.logText()).toContain('belonging-changed belonging=route instance=VI_1 object="10.50.0.0/16 via');
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test(
    "go when the director is not master any more",
    async () => {
      network.setCarrier("lb1", "eth0", false);
      await until(() => ours().rules.includes("lookup 200") && !ours().rules.includes("lookup 100"), {
        what: "rules are gone",
      });
      expect(ours().routes.trim()).toBe("10.52.0.0/16 via 10.6.0.254 dev eth1");
      const daemons = network.run("lb1", ["ipvsadm", "-L", "--daemon"]);
      expect(daemons).toContain("backup sync daemon (mcast=eth1, syncid=51");
      expect(daemons).not.toContain("master");
      network.setCarrier("lb1", "eth0", true);
      await until(() => ours().routes.includes("10.50.0.0/16"), { what: "the routes are back" });
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test(
    "that a crash has left go with the next start unless it wants them, and none is left by a stop",
    async () => {
      director.killEverything();
      expect(ours().routes).toContain("10.50.0.0/16");
      const log = director.logText().length;
      director.writeConfig(config()).start();
      await until(() => director.logText().slice(log).includes("agent-ready"), {
        what: "ready again",
        timeoutMs: 30_000,
      });
      expect(ours()).toEqual(none);
      await stopped();
      director.writeConfig(statics + config(routing)).start();
      await until(() => ours().routes.includes("10.50.0.0/16"), { what: "the routes are there" });
      await stopped();
      expect(ours()).toEqual(none);
      expect(network.run("lb1", ["ipvsadm", "-L", "--daemon"]).trim()).toBe("");
      expect(ip("address", "show", "dev", "eth1")).not.toContain("dynamic");
    },
    LAB_TEST_TIMEOUT_MS,
  );
});

describe.skipIf(!kernelHasIpvs)("addresses of a master", () => {
  test(
    "have the options that were configured, in advertisements or not",
    async () => {
      await director.writeConfig(config()).start().ready();
      await director.becomesMaster("10.9.0.100");
      const front = ip("-d", "address", "show", "dev", "eth0");
      expect(front).toMatch(/inet 10\.9\.0\.100\/24 brd 10\.9\.0\.255 scope global secondary dynamic eth0:web/);
      expect(front).toMatch(/inet 10\.9\.0\.101\/32 scope link .*noprefixroute/);
      // As with keepalived, where a preferred lifetime has no meaning for IPv4.
      expect(front).not.toContain("deprecated");
      const back = ip("-d", "address", "show", "dev", "eth1");
      expect(back).toMatch(/inet 10\.7\.0\.1 peer 10\.7\.1\.1\/30/);
      expect(back).toMatch(/inet6 2001:db8::fe\/128 scope global .*deprecated/);
      expect(setting("eth0/promote_secondaries")).toBe("1");
      expect(director.cli("vrrp").stdout).toContain("inet6 2001:db8::fe/128 dev eth1 held, not advertised");
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test(
    "stay gone when somebody removes one that is not tracked, and come back when it is",
    async () => {
      ip("address", "del", "10.8.0.254/24", "dev", "eth1");
      ip("address", "del", "10.7.0.1", "peer", "10.7.1.1/30", "dev", "eth1");
      await until(() => ip("address", "show", "dev", "eth1").includes("10.7.0.1"), { what: "the tracked one is back" });
      expect(ip("address", "show", "dev", "eth1")).not.toContain("10.8.0.254");
      expect(director.cli("vrrp").stdout).toContain("state master");
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test(
    "and settings that a crash has left are adopted, and all is as before after a stop, even if the process dies right then",
    async () => {
      director.killEverything();
      expect(setting("eth0/promote_secondaries")).toBe("1");
      const log = director.logText().length;
      director.writeConfig(config().replace("  promote_secondaries\n", "")).start();
      await until(() => director.logText().slice(log).includes("agent-ready"), {
        what: "ready again",
        timeoutMs: 30_000,
      });
      await until(() => setting("eth0/promote_secondaries") === "0", { what: "the setting is restored" });
      await director.becomesMaster("10.9.0.100");
      director.signal("vrrp", "SIGKILL");
      await stopped();
      for (const link of ["eth0", "eth1"]) expect(ip("address", "show", "dev", link)).not.toContain("dynamic");
      expect(() => readFileSync(`${director.runtimeDirectory}/vrrp.sysctls`)).toThrow();
    },
    LAB_TEST_TIMEOUT_MS,
  );
});

describe.skipIf(!kernelHasIpvs || whyNoNftables !== undefined)("an address that is not accepted", () => {
  const rules = () => network.run("lb1", ["nft", "list", "ruleset"]);
  const answers = (address: string) => network.exec("client", ["ping", "-c1", "-W1", address]).code === 0;

  test(
    "does not answer, while the others do; nothing of it is left when the process dies or stops",
    async () => {
      network.addHost("client", "10.9.0.50/24");
      const closed = `vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  priority 150
  version 3
  advert_int 0.1
  no_accept
  virtual_ipaddress {
    10.9.0.110/24
  }
}
`;
      await director
        .writeConfig(config() + closed)
        .start()
        .ready();
      await director.becomesMaster("10.9.0.110");
      await until(() => rules().includes("10.9.0.110"), { what: "the table is there" });
      expect(rules()).toContain("ip daddr @unaccepted4 drop");
      expect([answers("10.9.0.100"), answers("10.9.0.110")]).toEqual([true, false]);
      expect(director.cli("vrrp").stdout).toContain("firewall drop what is for 10.9.0.110");
      director.signal("control", "SIGKILL");
      director.signal("vrrp", "SIGKILL");
      await until(() => rules().trim() === "", { what: "the table has gone with the process" });
      director.killEverything();
      const log = director.logText().length;
      director.start();
      await until(() => director.logText().slice(log).includes("agent-ready"), {
        what: "ready again",
        timeoutMs: 30_000,
      });
      await until(() => rules().includes("10.9.0.110"), { what: "the table is there again" });
      await stopped();
      expect(rules().trim()).toBe("");
    },
    LAB_TEST_TIMEOUT_MS,
  );
});

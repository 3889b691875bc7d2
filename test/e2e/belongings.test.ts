// What a master has in the kernel besides its plain addresses, with iproute2 and procfs as the readers, through a start, a stop, a crash and a
// change by somebody else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Director } from "../support/director.ts";
import { kernelHasIpvs } from "../support/lab.ts";
import { Network } from "../support/network.ts";
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

describe.skipIf(!kernelHasIpvs)("addresses of a master", () => {
  test("have the options that were configured, in advertisements or not", async () => {
    await director.writeConfig(config()).start().ready();
    await director.becomesMaster("10.9.0.100");
    const front = ip("-d", "address", "show", "dev", "eth0");
    expect(front).toMatch(/inet 10\.9\.0\.100\/24 brd 10\.9\.0\.255 scope global secondary dynamic eth0:web/);
    expect(front).toMatch(/inet 10\.9\.0\.101\/32 scope link deprecated .*noprefixroute/);
    const back = ip("-d", "address", "show", "dev", "eth1");
    expect(back).toMatch(/inet 10\.7\.0\.1 peer 10\.7\.1\.1\/30/);
    expect(back).toMatch(/inet6 2001:db8::fe\/128 scope global .*deprecated/);
    expect(setting("eth0/promote_secondaries")).toBe("1");
    expect(director.cli("vrrp").stdout).toContain("inet6 2001:db8::fe/128 dev eth1 held, not advertised");
  }, 60_000);

  test("stay gone when somebody removes one that is not tracked, and come back when it is", async () => {
    ip("address", "del", "10.8.0.254/24", "dev", "eth1");
    ip("address", "del", "10.7.0.1", "peer", "10.7.1.1/30", "dev", "eth1");
    await until(() => ip("address", "show", "dev", "eth1").includes("10.7.0.1"), { what: "the tracked one is back" });
    expect(ip("address", "show", "dev", "eth1")).not.toContain("10.8.0.254");
    expect(director.cli("vrrp").stdout).toContain("state master");
  }, 60_000);

  test("and settings that a crash has left are adopted, and all is as before after the stop", async () => {
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
    director.signal("control", "SIGTERM");
    expect(await director.exited).toBe(0);
    for (const link of ["eth0", "eth1"]) expect(ip("address", "show", "dev", link)).not.toContain("dynamic");
    expect(() => readFileSync(`${director.runtimeDirectory}/vrrp.sysctls`)).toThrow();
  }, 60_000);
});

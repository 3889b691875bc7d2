// keepalived that is killed leaves its addresses behind for ever, and its kernel goes on answering for them. The vipward that takes over says so.

import { expect, test } from "bun:test";
import { pairConfig, virtualAddress } from "../e2e/pair.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

test.skipIf(!kernelHasIpvs)(
  "a vipward that takes over from a keepalived that was killed reports the host that still has the address",
  async () => {
    const network = Network.create("left");
    await using _ = network;
    for (const [host, last] of [
      ["lb1", 1],
      ["lb2", 2],
    ] as const) {
      network.addHost(host, `10.9.0.${last}/24`);
      network.connect(host, `10.8.0.${last}/24`, "back");
    }
    const config = (priority: number, source: string) => {
      const dialect = { version: 3, advertInt: "0.1", authentication: false } as const;
      return pairConfig({ ...dialect, state: "BACKUP", priority, source, virtualServers: false });
    };
    const vipward = new Director(network, "lb1").writeConfig(config(100, "10.9.0.1"));
    const keepalived = new KeepalivedDirector(network, "lb2", config(150, "10.9.0.2"));
    await keepalived.start();
    await until(() => keepalived.holds(virtualAddress.direct), { what: "keepalived is master", timeoutMs: 20_000 });
    await vipward.start().ready();

    keepalived.kill();
    await until(() => vipward.holds(virtualAddress.direct), { what: "vipward takes over", timeoutMs: 20_000 });
    expect(keepalived.holds(virtualAddress.direct)).toBe(true);
    const mac = network.exec("lb2", ["cat", "/sys/class/net/eth0/address"]).stdout.trim();
    const told = `${mac} says that it has ${virtualAddress.direct}`;
    await until(() => vipward.cli("events").stdout.includes(told), {
      what: "vipward reports who still has the address",
      timeoutMs: 20_000,
      evidence: () => vipward.cli("events").stdout,
    });
    expect(vipward.cli("vrrp").stdout).toMatch(/address claimed by others \d+ times/);
  },
  LAB_TEST_TIMEOUT_MS,
);

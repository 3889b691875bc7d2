// A pair of vipward and FRR's vrrpd (Debian's package frr), in both roles, and tshark as a reader that belongs to neither. In the lab with
// LAB_EXTRA="frr tshark".

import { expect, test } from "bun:test";
import { Director } from "../support/director.ts";
import { FrrDirector, type FrrRouter, hasFrr } from "../support/frr.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { PacketReader } from "../support/packet-reader.ts";
import { until } from "../support/until.ts";

interface Dialect {
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
  readonly version: 2 | 3;
  readonly addresses: readonly string[];
  readonly intervalMs: number;
}

const dialects: readonly Dialect[] = [
  { name: "version 2", family: "ipv4", version: 2, addresses: ["10.9.0.100/24"], intervalMs: 1000 },
  { name: "version 3 over IPv4", family: "ipv4", version: 3, addresses: ["10.9.0.100/24"], intervalMs: 200 },
  {
    name: "version 3 over IPv6",
    family: "ipv6",
    version: 3,
    addresses: ["fe80::100/64", "2001:db8::100/64"],
    intervalMs: 200,
  },
];

/** The configuration of vipward. */
function configOf({ version, addresses, intervalMs }: Dialect, priority: number): string {
  const instance = { name: "VI_1", interface: "eth0", version, virtual_router_id: 51, virtual_addresses: addresses };
  return JSON.stringify({
    vrrp_instances: [{ ...instance, priority, advertisement_interval: `${intervalMs}ms` }],
  });
}

/** vipward has priority 150, FRR 100. */
function layPair(prefix: string, dialect: Dialect) {
  const { version, family, addresses, intervalMs } = dialect;
  const network = Network.create(prefix);
  for (const number of [1, 2]) network.addHost(`lb${number}`, `10.9.0.${number}/24 2001:db8::${number}/64`);
  const vipward = new Director(network, "lb1").writeConfig(configOf(dialect, 150));
  const router: FrrRouter = { virtualRouterId: 51, version, family, addresses, intervalMs, priority: 100 };
  return { network, vipward, frr: new FrrDirector(network, "lb2", router) };
}

for (const [index, dialect] of dialects.entries()) {
  const address = dialect.addresses[0]?.split("/")[0] ?? "";

  test.skipIf(!kernelHasIpvs || !hasFrr)(
    `${dialect.name}: the better of vipward and FRR is followed when it dies or stops, and preempts; a changed priority moves mastership; nothing is refused, every packet is right`,
    async () => {
      const { network, vipward, frr } = layPair(`fr${index}`, dialect);
      await using _ = network;
      const evidence = () => `${vipward.logText()}\n${frr.log()}`;
      const settled = (what: string, master: boolean, state: string) =>
        until(() => vipward.holds(address) === master && frr.state() === state, {
          ...{ what, timeoutMs: 40_000, everyMs: 200, evidence },
        });
      const capture = await PacketReader.start(network, "lb1");
      await frr.start();
      await vipward.start().ready();
      await settled("vipward is master", true, "Backup");
      vipward.killEverything();
      await until(() => frr.state() === "Master", {
        ...{ what: "FRR follows the dead", timeoutMs: 20_000, everyMs: 100, evidence },
      });
      await vipward.start().ready();
      await settled("vipward preempts", true, "Backup");
      frr.setPriority(200);
      await settled("FRR preempts with its raised priority", false, "Master");
      frr.setPriority(100);
      await settled("vipward preempts the lowered FRR", true, "Backup");
      vipward.writeConfig(configOf(dialect, 50)).signal("control", "SIGHUP");
      await settled("FRR preempts the lowered vipward", false, "Master");
      vipward.writeConfig(configOf(dialect, 150)).signal("control", "SIGHUP");
      await settled("vipward preempts with its raised priority", true, "Backup");
      expect(vipward.cli("stop").code).toBe(0);
      await settled("FRR follows the one that stopped", false, "Master");

      await vipward.writeConfig(configOf(dialect, 50)).start().ready();
      // FRR is the better one now.
      await until(() => / master \S+ prio 100$/m.test(vipward.cli("vrrp").stdout), {
        ...{ what: "vipward hears FRR", timeoutMs: 20_000, everyMs: 100, evidence },
      });
      expect(vipward.holds(address)).toBe(false);
      await frr.stop();
      await vipward.becomesMaster(address);
      expect(JSON.parse(vipward.cli("vrrp", "-o", "json").stdout)[0].reason).toMatch(/has resigned/);
      await frr.startVrrp();
      await settled("FRR preempts", false, "Master");
      frr.kill();
      await vipward.becomesMaster(address);
      const [instance] = JSON.parse(vipward.cli("vrrp", "-o", "json").stdout);
      expect(instance.counters.refused).toEqual({});
      await capture.judge();
    },
    LAB_TEST_TIMEOUT_MS,
  );
}

// A pair of which one director runs vipward and the other keepalived 2.2.7 (Debian's package): they elect one master and fail over
// both ways, whoever is the better one. The dialects that they speak are in dialects.test.ts.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { pairConfig, virtualAddress } from "../e2e/pair.ts";
import { Capture } from "../support/capture.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { PacketReader } from "../support/packet-reader.ts";
import { until } from "../support/until.ts";

/** Two directors on two segments, one of each kind, with addresses on both. vipward has priority 150, keepalived 100. */
function layMixedPair(prefix: string) {
  const network = Network.create(prefix);
  for (const [host, last] of [
    ["lb1", 1],
    ["lb2", 2],
  ] as const) {
    network.addHost(host, `10.9.0.${last}/24`);
    network.connect(host, `10.8.0.${last}/24`, "back");
  }
  const config = (priority: number, source: string) =>
    pairConfig({ ...{ version: 3, advertInt: "0.1", state: "BACKUP", virtualServers: false }, priority, source });
  const vipward = new Director(network, "lb1").writeConfig(config(150, "10.9.0.1"));
  const keepalived = new KeepalivedDirector(network, "lb2", config(100, "10.9.0.2"));
  return { network, vipward, keepalived };
}

/** IGMP version 3, behind an IP header with the router alert: 224.0.0.18 is wanted from no source any more (RFC 3376, section 4.2.12). */
const leavesTheGroup =
  "src host 10.9.0.1 and ip[0] = 0x46 and ip[9] = 2 and ip[24] = 0x22 and ip[32] = 3 and ip[34:2] = 0 and ip[36:4] = 0xe0000012";

const addresses = Object.values(virtualAddress);

interface Holder {
  holds(address: string): boolean;
}

/** Waits until the first holds every address and the second none, unless that is dead. */
async function waitForMaster(what: string, master: Holder, other: Holder | "dead", evidence: () => string) {
  const settled = () =>
    addresses.every((address) => master.holds(address)) &&
    (other === "dead" || addresses.every((address) => !other.holds(address)));
  await until(settled, { what, timeoutMs: 40_000, everyMs: 20, evidence });
}

test.skipIf(!kernelHasIpvs)(
  "whoever is better is elected, followed when it dies or stops, and comes back; a priority that is changed moves mastership on either side",
  async () => {
    const { network, vipward, keepalived } = layMixedPair("ik");
    await using _ = network;
    const logs = () => `${vipward.logText()}\n---\n${keepalived.log()}`;
    const reader = await PacketReader.start(network, "lb1");
    await keepalived.start();
    await vipward.start().ready();
    await waitForMaster("vipward is master", vipward, keepalived, logs);
    vipward.killEverything();
    await waitForMaster("keepalived takes over from the dead", keepalived, "dead", logs);
    await vipward.start().ready();
    await waitForMaster("vipward preempts", vipward, keepalived, logs);

    vipward.writeConfig(readFileSync(vipward.configFile, "utf8").replace("priority 150", "priority 90"));
    vipward.signal("control", "SIGHUP");
    await waitForMaster("keepalived preempts the lowered vipward", keepalived, vipward, logs);
    keepalived.kill();
    await waitForMaster("vipward takes over from the dead", vipward, "dead", logs);
    keepalived.dropAddresses(addresses);
    await keepalived.start();
    await waitForMaster("keepalived preempts", keepalived, vipward, logs);
    keepalived.reload(keepalived.config.replace("priority 100", "priority 80"));
    await waitForMaster("vipward preempts the lowered keepalived", vipward, keepalived, logs);

    const groups = await Capture.start(network, "lb2", { filter: leavesTheGroup });
    expect(vipward.cli("stop").code).toBe(0);
    await waitForMaster("keepalived takes over from the one that stopped", keepalived, vipward, logs);
    const isTold = () => groups.frames().length > 0;
    await until(isTold, { what: "switches hear that 224.0.0.18 is wanted no more", timeoutMs: 20_000 });
    await groups.stop();
    expect(keepalived.log()).not.toMatch(/rror|invalid|mismatch|bogus|drop/i);

    await vipward.start().ready();
    await waitForMaster("vipward preempts once more", vipward, keepalived, logs);
    keepalived.reload(keepalived.config.replace("priority 80", "priority 100"));
    await waitForMaster("keepalived preempts with its old priority", keepalived, vipward, logs);
    await keepalived.stop();
    await waitForMaster("vipward takes over from the one that stopped", vipward, keepalived, logs);
    const [instance] = JSON.parse(vipward.cli("vrrp", "-o", "json").stdout);
    expect(instance.counters.refused).toEqual({});
    expect(instance.reason).toBe("10.9.0.2 has resigned");
    await reader.judge();
  },
  LAB_TEST_TIMEOUT_MS,
);

// A pair of which one director runs vipward and the other keepalived 2.2.7 (Debian's package): they elect one master and fail over
// both ways, whoever is the better one.

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

interface Dialect {
  readonly name: string;
  readonly version: 2 | 3;
  readonly advertInt: string;
  readonly authentication: boolean;
}

const dialects: readonly Dialect[] = [
  { name: "version 2 with a password", version: 2, advertInt: "1", authentication: true },
  { name: "version 2 without authentication", version: 2, advertInt: "1", authentication: false },
  { name: "version 3 at 100 ms", version: 3, advertInt: "0.1", authentication: false },
];

/** Two directors on one network, one of each kind. The better one has priority 150. */
function layMixedPair(prefix: string, dialect: Dialect, better: "vipward" | "keepalived") {
  const network = Network.create(prefix);
  for (const [host, last] of [
    ["lb1", 1],
    ["lb2", 2],
  ] as const) {
    network.addHost(host, `10.9.0.${last}/24`);
    network.connect(host, `10.8.0.${last}/24`, "back");
  }
  const config = (kind: string, source: string) =>
    pairConfig({ ...dialect, state: "BACKUP", priority: kind === better ? 150 : 100, source, virtualServers: false });
  const vipward = new Director(network, "lb1").writeConfig(config("vipward", "10.9.0.1"));
  const keepalived = new KeepalivedDirector(network, "lb2", config("keepalived", "10.9.0.2"));
  return { network, vipward, keepalived };
}

/** IGMP version 3, behind an IP header with the router alert: 224.0.0.18 is wanted from no source any more (RFC 3376, section 4.2.12). */
const leavesTheGroup =
  "src host 10.9.0.1 and ip[0] = 0x46 and ip[9] = 2 and ip[24] = 0x22 and ip[32] = 3 and ip[34:2] = 0 and ip[36:4] = 0xe0000012";

interface Holder {
  holds(address: string): boolean;
}

/** Waits until the first holds every address and the second none. */
async function waitForMaster(what: string, master: Holder, other: Holder): Promise<void> {
  const addresses = Object.values(virtualAddress);
  const settled = () =>
    addresses.every((address) => master.holds(address)) && addresses.every((address) => !other.holds(address));
  await until(settled, { what, timeoutMs: 40_000, everyMs: 20 });
}

for (const [index, dialect] of dialects.entries()) {
  test.skipIf(!kernelHasIpvs)(
    `a better vipward and keepalived with ${dialect.name} elect vipward, fail over by kill and by stop, and vipward preempts`,
    async () => {
      const { network, vipward, keepalived } = layMixedPair(`iv${index}`, dialect, "vipward");
      await using _ = network;
      const reader = await PacketReader.start(network, "lb1");
      await keepalived.start();
      await vipward.start().ready();
      await waitForMaster("vipward is master", vipward, keepalived);

      vipward.killEverything();
      await until(() => keepalived.holds(virtualAddress.direct), {
        what: "keepalived takes over from the dead",
        timeoutMs: 20_000,
        evidence: () => keepalived.log(),
      });
      await vipward.start().ready();
      await waitForMaster("vipward preempts", vipward, keepalived);

      const groups = await Capture.start(network, "lb2", { filter: leavesTheGroup });
      expect(vipward.cli("stop").code).toBe(0);
      await waitForMaster("keepalived takes over from the one that stopped", keepalived, vipward);
      const isTold = () => groups.frames().length > 0;
      await until(isTold, { what: "switches hear that 224.0.0.18 is wanted no more", timeoutMs: 20_000 });
      await groups.stop();
      expect(keepalived.log()).not.toMatch(/rror|invalid|mismatch|bogus|drop/i);
      await reader.judge();
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test.skipIf(!kernelHasIpvs)(
    `a better keepalived and vipward with ${dialect.name} elect keepalived, fail over by kill and by stop, and vipward gives way again`,
    async () => {
      const { network, vipward, keepalived } = layMixedPair(`ik${index}`, dialect, "keepalived");
      await using _ = network;
      const reader = await PacketReader.start(network, "lb1");
      await vipward.start().ready();
      await waitForMaster("vipward is master alone", vipward, keepalived);
      await keepalived.start();
      await waitForMaster("keepalived preempts", keepalived, vipward);

      keepalived.kill();
      await until(() => vipward.holds(virtualAddress.direct), {
        what: "vipward takes over from the dead",
        timeoutMs: 20_000,
        evidence: () => vipward.logText(),
      });
      keepalived.dropAddresses(Object.values(virtualAddress));
      await keepalived.start();
      await waitForMaster("keepalived preempts again", keepalived, vipward);

      await keepalived.stop();
      await waitForMaster("vipward takes over from the one that stopped", vipward, keepalived);
      const [instance] = JSON.parse(vipward.cli("vrrp", "-o", "json").stdout);
      expect(instance.counters.refused).toEqual({});
      expect(instance.reason).toBe("10.9.0.2 has resigned");
      await reader.judge();
    },
    LAB_TEST_TIMEOUT_MS,
  );
}

test.skipIf(!kernelHasIpvs)(
  "a priority that is changed on either side moves mastership as between two of a kind",
  async () => {
    const dialect = { name: "", version: 3, advertInt: "0.1", authentication: false } as const;
    const { network, vipward, keepalived } = layMixedPair("iprio", dialect, "vipward");
    await using _ = network;
    const reader = await PacketReader.start(network, "lb1");
    await keepalived.start();
    await vipward.start().ready();
    await waitForMaster("vipward is master", vipward, keepalived);

    vipward.writeConfig(readFileSync(vipward.configFile, "utf8").replace("priority 150", "priority 90"));
    vipward.signal("control", "SIGHUP");
    await waitForMaster("keepalived preempts the lowered vipward", keepalived, vipward);
    keepalived.reload(keepalived.config.replace("priority 100", "priority 80"));
    await waitForMaster("vipward preempts the lowered keepalived", vipward, keepalived);
    const [instance] = JSON.parse(vipward.cli("vrrp", "-o", "json").stdout);
    expect(instance.counters.refused).toEqual({});
    await reader.judge();
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "vipward accepts the version 3 checksum without pseudo-header that RFC 9568 routers send",
  async () => {
    const dialect = { name: "", version: 3, advertInt: "0.1", authentication: false } as const;
    const { network, vipward, keepalived } = layMixedPair("ics", dialect, "keepalived");
    await using _ = network;
    keepalived.rewriteConfig((text) => text.replace("version 3", "version 3\n  v3_checksum_as_v2"));
    await keepalived.start();
    await until(() => keepalived.holds(virtualAddress.direct), { what: "keepalived is master", timeoutMs: 20_000 });
    await vipward.start().ready();
    await until(
      () =>
        JSON.parse(vipward.cli("vrrp", "-o", "json").stdout || "[]") && vipward.cli("vrrp").stdout.includes("10.9.0.2"),
      { what: "vipward sees the master", timeoutMs: 20_000, everyMs: 100 },
    );
    expect(vipward.holds(virtualAddress.direct)).toBe(false);
  },
  LAB_TEST_TIMEOUT_MS,
);

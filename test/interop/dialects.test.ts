// The ways to say an advertisement, each spoken with keepalived 2.2.7 (Debian's package) in both roles: they elect one master, fail over by
// kill and by stop, and refuse nothing of each other. One pair speaks all of them at once, since to start it takes the longest.

import { expect, test } from "bun:test";
import { Capture } from "../support/capture.ts";
import type { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { PacketReader } from "../support/packet-reader.ts";
import { until } from "../support/until.ts";
import { dialectConfig, dialects, layDialectPair, settle } from "./dialects.ts";

/** What a director has refused, by instance, where it has refused anything. */
function refused(vipward: Director): unknown[] {
  const instances: { name: string; counters: { refused: object } }[] = JSON.parse(
    vipward.cli("vrrp", "-o", "json").stdout,
  );
  expect(instances.length).toBe(dialects.length);
  return instances
    .filter(({ counters }) => Object.keys(counters.refused).length > 0)
    .map(({ name, counters }) => [name, counters.refused]);
}

test.skipIf(!kernelHasIpvs)(
  `the better of vipward and keepalived is elected, followed when it dies or stops, and comes back, and a changed priority moves mastership, in ${dialects.length} dialects`,
  async () => {
    const { network, vipward, keepalived } = layDialectPair("dia", dialects, 150);
    await using _ = network;
    const logs = () => `${vipward.logText()}\n${keepalived.log()}`;
    const reader = await PacketReader.start(network, "lb1");

    await keepalived.start();
    await vipward.start().ready();
    await settle("vipward is master", dialects, vipward, keepalived, logs);
    vipward.killEverything();
    await settle("keepalived takes over from the dead", dialects, keepalived, "dead", logs);
    await vipward.start().ready();
    await settle("vipward preempts", dialects, vipward, keepalived, logs);
    vipward.writeConfig(dialectConfig(dialects, 1, 50)).signal("control", "SIGHUP");
    await settle("keepalived preempts the lowered vipward", dialects, keepalived, vipward, logs);
    keepalived.reload(keepalived.config.replaceAll("priority 100", "priority 40"));
    await settle("vipward preempts the lowered keepalived", dialects, vipward, keepalived, logs);
    expect(refused(vipward)).toEqual([]);
    expect(vipward.cli("stop").code).toBe(0);
    await settle("keepalived takes over from the one that stopped", dialects, keepalived, vipward, logs);
    expect(keepalived.log()).not.toMatch(/rror|invalid|mismatch|bogus|drop/i);

    keepalived.reload(keepalived.config.replaceAll("priority 40", "priority 100"));
    await vipward.start().ready();
    keepalived.kill();
    await settle("a lesser vipward takes over from the dead", dialects, vipward, "dead", logs);
    keepalived.dropAddresses(dialects.map(({ address }) => address));
    for (const { link } of dialects) if (link !== undefined) network.exec("lb2", ["ip", "link", "delete", link]);
    await keepalived.start();
    await settle("keepalived preempts", dialects, keepalived, vipward, logs);
    await keepalived.stop();
    await settle("vipward takes over from the one that stopped", dialects, vipward, keepalived, logs);
    expect(refused(vipward)).toEqual([]);
    await reader.judge(dialects.filter(({ hasOtherChecksum }) => hasOtherChecksum).map(({ id }) => id));
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "who has unicast peers tells them where it lives when it leaves fault, as keepalived does",
  async () => {
    const spoken = dialects.filter(({ name }) => name.startsWith("version 3 to unicast peers"));
    expect(spoken.length).toBe(1);
    const { network, vipward, keepalived } = layDialectPair("dsrc", spoken, 150);
    await using _ = network;
    const logs = () => `${vipward.logText()}\n${keepalived.log()}`;
    await keepalived.start();
    await vipward.start().ready();
    await settle("vipward is master", spoken, vipward, keepalived, logs);
    for (const [leaver, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const source = `10.9.0.${leaver}`;
      const capture = await Capture.start(network, `lb${other}`, {
        filter: `arp src host ${source} and arp[14:4] = arp[24:4]`,
      });
      network.configure(`lb${leaver}`, ["link set eth0 down"]);
      const inFault = () =>
        leaver === 1 ? /vrrp-state-changed.* to=fault/.test(vipward.logText()) : /FAULT/.test(keepalived.log());
      await until(inFault, { what: `lb${leaver} is in fault`, timeoutMs: 40_000, everyMs: 50, evidence: logs });
      network.configure(`lb${leaver}`, ["link set eth0 up"]);
      await until(() => capture.frames().length > 0, {
        ...{ what: `lb${leaver} announces ${source}`, timeoutMs: 40_000, everyMs: 50, evidence: logs },
      });
      await capture.stop();
    }
  },
  LAB_TEST_TIMEOUT_MS,
);

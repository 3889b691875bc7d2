// A pair of vipward on a real kernel: signed advertisements of both families, keys that change, and a second way for heartbeats.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

type Instance = Readonly<Record<string, unknown>>;

/** Two directors on a front and a back segment; the first one is better. */
function layPair(prefix: string, instances: (number: number, home: string) => readonly Instance[]) {
  const network = Network.create(prefix);
  network.addSegment("back");
  const directors = [1, 2].map((number) => {
    network.addHost(`lb${number}`, `10.9.0.${number}/24 2001:db8::${number}/64`);
    network.connect(`lb${number}`, `10.8.0.${number}/24`, "back");
    const common = { version: 3, advertisement_interval: "200ms", priority: 200 - number, interface: "eth0" };
    const vrrp_instances = instances(number, network.directory).map((instance) => ({ ...common, ...instance }));
    return new Director(network, `lb${number}`).writeConfig(JSON.stringify({ vrrp_instances }));
  });
  const [better, worse] = directors;
  if (better === undefined || worse === undefined) throw new Error("no pair");
  return { network, better, worse };
}

function instancesOf(director: Director) {
  return JSON.parse(director.cli("vrrp", "-o", "json").stdout || "[]");
}

const signed = (keyFile: string, activeKey: number): Instance => ({
  auth_hmac: {
    keys: [
      { id: 1, key: "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
      { id: 2, file: keyFile },
    ],
    active_key: activeKey,
  },
});

test.skipIf(!kernelHasIpvs)(
  "a pair that signs over IPv4 and IPv6 has one master of each, refuses nothing, and changes its key without a takeover",
  async () => {
    const keyFile = (number: number, home: string) => join(home, `vrrp-key-${number}`);
    const config = (key: string, activeKey: number) => [
      { name: "four", virtual_router_id: 51, virtual_addresses: ["10.9.0.100/24"], ...signed(key, activeKey) },
      { name: "six", virtual_router_id: 51, virtual_addresses: ["fe80::100/64"], ...signed(key, activeKey) },
    ];
    const { network, better, worse } = layPair("ws", (number, home) => config(keyFile(number, home), 1));
    await using _ = network;
    for (const number of [1, 2])
      writeFileSync(keyFile(number, network.directory), "a key of thirty-two characters..\n");
    for (const director of [better, worse]) await director.start().ready();
    const addresses = ["10.9.0.100", "fe80::100"];
    const settled = () =>
      addresses.every((address) => better.holds(address)) && !addresses.some((address) => worse.holds(address));
    await until(settled, {
      what: "one master of each",
      timeoutMs: 30_000,
      evidence: () => better.logText() + worse.logText(),
    });
    const before = instancesOf(better).map((instance: { since: string }) => instance.since);
    for (const [index, director] of [better, worse].entries()) {
      const text = JSON.stringify({
        vrrp_instances: config(keyFile(index + 1, network.directory), 2).map((instance) => ({
          ...{ version: 3, advertisement_interval: "200ms", priority: 199 - index, interface: "eth0" },
          ...instance,
        })),
      });
      const file = join(network.directory, `rotated-${index}.json`);
      writeFileSync(file, text);
      expect(director.cli("apply", file)).toMatchObject({ code: 0 });
    }
    const received = () =>
      instancesOf(worse).map((one: { counters: { advertisements_received: string } }) =>
        Number(one.counters.advertisements_received),
      );
    const start = received();
    await until(() => received().every((count: number, index: number) => count > (start[index] ?? 0) + 5), {
      ...{ what: "the backup hears signatures of the new key", timeoutMs: 20_000, everyMs: 200 },
      evidence: () => worse.cli("vrrp").stdout,
    });
    expect(settled()).toBe(true);
    expect(instancesOf(better).map((instance: { since: string }) => instance.since)).toEqual(before);
    for (const director of [better, worse])
      for (const { counters } of instancesOf(director)) expect(counters.refused).toEqual({});
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a backup whose front is cut stays backup while the heartbeat path on the back is heard, and takes over when that is cut, too",
  async () => {
    const { network, better, worse } = layPair("wh", () => [
      {
        ...{ name: "web", virtual_router_id: 51, virtual_addresses: ["10.9.0.100/24"] },
        heartbeat_paths: [{ interface: "eth1" }],
      },
    ]);
    await using _ = network;
    for (const director of [better, worse]) await director.start().ready();
    await better.becomesMaster("10.9.0.100");
    network.setReachable("lb2", "eth0", false);
    const counters = () => instancesOf(worse)[0].counters.advertisements_received;
    const before = Number(counters());
    await until(() => Number(counters()) > before + 25, {
      what: "five seconds of heartbeats",
      timeoutMs: 30_000,
      everyMs: 200,
    });
    expect(worse.holds("10.9.0.100")).toBe(false);
    network.setReachable("lb2", "eth1", false);
    await worse.becomesMaster("10.9.0.100");
  },
  LAB_TEST_TIMEOUT_MS,
);

// The API as foreign clients see it: buf curl, which knows nothing but reflection, and Python's grpcio.

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dir, "../..");
const buf = join(root, "node_modules/.bin/buf");
const descriptors = join(root, "agent/control/gen/api.binpb");

/** A director alone on its network, with nothing configured. */
async function emptyDirector(prefix: string): Promise<{ network: Network; lb1: Director }> {
  const network = Network.create(prefix);
  network.addHost("lb1", "10.9.0.1/24");
  const lb1 = new Director(network, "lb1");
  await lb1.start({ withConfig: false }).ready();
  return { network, lb1 };
}

/** Calls with buf curl through reflection; returns the answer, or what the server said of its refusal. */
function bufCurl(
  director: Director,
  method: string,
  request: unknown,
): { answer?: Record<string, unknown>; refusal?: Record<string, unknown> } {
  const transport = [
    "--unix-socket",
    join(director.runtimeDirectory, "vipward.sock"),
    "--http2-prior-knowledge",
    "--protocol",
    "grpc",
  ];
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    [buf, "curl", ...transport, "-d", JSON.stringify(request), `http://localhost/vipward.v1.${method}`],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  if (exitCode === 0) return { answer: JSON.parse(stdout.toString() || "{}") };
  return { refusal: JSON.parse(stderr.toString()) };
}

const web = (weights: readonly number[]) => ({
  address: "10.9.0.100",
  port: 80,
  protocol: "PROTOCOL_TCP",
  scheduler: "wrr",
  forwarding: "FORWARDING_DIRECT",
  realServers: weights.map((weight, index) => ({ address: `10.9.0.${11 + index}`, port: 80, weight })),
});
const mail = {
  address: "10.9.0.100",
  port: 25,
  protocol: "PROTOCOL_TCP",
  scheduler: "rr",
  realServers: [{ address: "10.9.0.21", port: 25 }],
};

test.skipIf(!kernelHasIpvs)(
  "a push with buf curl by reflection is in the kernel when the answer arrives, touches only what changed, and survives a restart",
  async () => {
    const { network, lb1 } = await emptyDirector("api");
    await using _ = network;

    const first = bufCurl(lb1, "ConfigService/ApplyConfig", {
      config: { virtualServers: [web([3, 1]), mail] },
      reason: "first push",
    });
    expect(lb1.table()).toEqual(
      [
        "-A -t 10.9.0.100:25 -s rr",
        "-A -t 10.9.0.100:80 -s wrr",
        "-a -t 10.9.0.100:25 -r 10.9.0.21:25 -m -w 1",
        "-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 3",
        "-a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1",
      ].sort(),
    );
    expect(first.answer).toMatchObject({
      revision: { number: "1", reason: "first push", result: "RESULT_APPLIED" },
      ipvsOperations: { added: 5 },
    });

    const heavier = bufCurl(lb1, "ConfigService/ApplyConfig", { config: { virtualServers: [web([7, 1]), mail] } });
    expect(heavier.answer).toMatchObject({ revision: { number: "2" } });
    // What the kernel acknowledged, and nothing else: one destination was updated.
    expect(heavier.answer?.ipvsOperations).toEqual({ updated: 1 });
    expect(lb1.table()).toContain("-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 7");

    const fewer = bufCurl(lb1, "ConfigService/ApplyConfig", { config: { virtualServers: [web([7]), mail] } });
    expect(fewer.answer?.ipvsOperations).toEqual({ removed: 1 });
    expect(lb1.table()).not.toContain("-a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1");

    const table = lb1.table();
    expect(lb1.cli("stop").code).toBe(0);
    await lb1.exited;
    expect(lb1.table()).toEqual([]);
    await lb1.start({ withConfig: false }).ready();
    await until(() => lb1.table().length === table.length, {
      what: "the pushed table is back",
      timeoutMs: 20_000,
      everyMs: 100,
    });
    expect(lb1.table()).toEqual(table);
    expect(bufCurl(lb1, "ConfigService/GetConfig", {}).answer).toMatchObject({ revision: { number: "3" } });
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a push with several mistakes changes nothing and names every field",
  async () => {
    const { network, lb1 } = await emptyDirector("bad");
    await using _ = network;
    bufCurl(lb1, "ConfigService/ApplyConfig", { config: { virtualServers: [mail] } });
    const before = lb1.table();

    const wrong = {
      vrrpInstances: [
        { name: "VI_1", interface: "eth0", virtualRouterId: 300, virtualAddresses: [{ address: "10.9.0.300" }] },
      ],
      virtualServers: [{ ...web([70000]), scheduler: "fastest" }, mail, mail],
    };
    const { refusal } = bufCurl(lb1, "ConfigService/ApplyConfig", { config: wrong });
    expect(refusal).toMatchObject({ code: "invalid_argument" });
    const details = refusal?.details as readonly { readonly type: string; readonly value: string }[];
    const text = details.map(({ value }) => Buffer.from(value, "base64").toString("latin1")).join();
    for (const field of [
      "vrrp_instances[0].virtual_router_id",
      "vrrp_instances[0].virtual_addresses[0].address",
      "virtual_servers[0].scheduler",
      "virtual_servers[0].real_servers[0].weight",
    ]) {
      expect(text).toContain(field);
    }
    expect(lb1.table()).toEqual(before);
    expect(bufCurl(lb1, "ConfigService/GetConfig", {}).answer).toMatchObject({ revision: { number: "1" } });
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs || !existsSync("/usr/bin/python3"))(
  "Python's grpcio watches: first the snapshot, then each change as it happens, in one strictly increasing sequence",
  async () => {
    const { network, lb1 } = await emptyDirector("py");
    await using _ = network;
    const client = join(import.meta.dir, "python-client-fixture.py");
    const python = (...words: string[]) => [
      "/usr/bin/python3",
      client,
      join(lb1.runtimeDirectory, "vipward.sock"),
      descriptors,
      ...words,
    ];
    const call = (method: string, request: unknown) =>
      JSON.parse(network.run("lb1", python("call", method, JSON.stringify(request))));

    const watch = network.spawn("lb1", python("watch"));
    const lines = () =>
      watch
        .output()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
    await until(() => lines().some((line) => "snapshotEnd" in line), {
      what: "the snapshot is complete",
      timeoutMs: 30_000,
      evidence: () => watch.output(),
    });
    expect(Object.keys(lines()[0])).toEqual(["established"]);

    const applied = call("ConfigService/ApplyConfig", {
      config: { virtualServers: [web([3, 1])] },
      reason: "by python",
      author: "grpcio",
    });
    expect(applied.revision).toMatchObject({ number: "1", author: "grpcio" });
    expect(lb1.table()).toHaveLength(3);
    await until(() => lines().some((line) => line.changed?.virtualServer?.name === "tcp 10.9.0.100:80"), {
      what: "the watcher hears of the virtual server",
      timeoutMs: 20_000,
      evidence: () => watch.output(),
    });
    await until(() => lines().some((line) => line.event?.configApplied?.revision === "1"), {
      what: "the watcher hears of the revision",
      timeoutMs: 20_000,
      evidence: () => watch.output(),
    });

    const after = lines().slice(lines().findIndex((line) => "snapshotEnd" in line) + 1);
    const sequences = after
      .map((line) => Number(line.changed?.sequence ?? line.event?.sequence ?? line.removed?.sequence ?? Number.NaN))
      .filter((n) => !Number.isNaN(n));
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(call("StateService/GetState", {}).state.config).toMatchObject({ revision: "1" });
  },
  LAB_TEST_TIMEOUT_MS,
);

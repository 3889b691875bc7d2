// The API as foreign clients see it: buf curl, which knows nothing but reflection, and Python's grpcio.

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { jsonLines } from "../support/json-lines.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { forwardPackets } from "../support/real-server.ts";
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
      virtualServers: [{ ...web([3_000_000_000]), scheduler: "fastest" }, mail, mail],
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

test.skipIf(!kernelHasIpvs)(
  "a push leaves alone what it does not change: the kernel goes on counting there, and where only a weight changed",
  async () => {
    const { network, lb1 } = await emptyDirector("count");
    await using _ = network;
    network.addHost("client", "10.9.0.50/24");
    network.configure("lb1", ["address add 10.9.0.100/32 dev eth0"]);
    const push = (weights: readonly number[]) =>
      bufCurl(lb1, "ConfigService/ApplyConfig", { config: { virtualServers: [web(weights), mail] } });
    expect(push([3, 1]).refusal).toBeUndefined();
    forwardPackets(network, "lb1");
    // Nobody answers there: that a connection came is counted all the same.
    for (const port of [80, 80, 80, 80, 25]) network.spawn("client", ["bash", "-c", `</dev/tcp/10.9.0.100/${port}`]);
    const expected = {
      ...{ "10.9.0.100:25": 1, "10.9.0.21:25": 1 },
      ...{ "10.9.0.100:80": 4, "10.9.0.11:80": 3, "10.9.0.12:80": 1 },
    };
    await until(() => Bun.deepEquals(connectionsOf(lb1), expected), {
      ...{ what: "the kernel has counted the connections", timeoutMs: 20_000, everyMs: 50 },
      evidence: () => network.run("lb1", ["ipvsadm", "-Ln", "--stats", "--exact"]),
    });

    const before = connectionsOf(lb1);
    expect(push([7, 1]).answer?.ipvsOperations).toEqual({ updated: 1 });
    expect(connectionsOf(lb1)).toEqual(before);
    expect(push([7]).answer?.ipvsOperations).toEqual({ removed: 1 });
    const { "10.9.0.12:80": _removed, ...others } = before;
    expect(connectionsOf(lb1)).toEqual(others);
  },
  LAB_TEST_TIMEOUT_MS,
);

/** The connections that the kernel has counted since each service and destination was made, as ipvsadm shows them. */
function connectionsOf(director: Director): Record<string, number> {
  const lines = director.network
    .run(director.host, ["ipvsadm", "-Ln", "--stats", "--exact"])
    .matchAll(/(\d+\.[\d.]+:\d+) +(\d+)/g);
  return Object.fromEntries([...lines].map(([, key = "", count]) => [key, Number(count)]));
}

/** A line of the Python client: a WatchStateResponse in protobuf's JSON mapping, as far as it is looked at. */
interface WatchLine {
  readonly changed?: { readonly sequence?: string; readonly virtualServer?: WatchedServer };
  readonly removed?: { readonly sequence?: string; readonly name: string };
  readonly event?: { readonly sequence?: string; readonly configApplied?: { readonly revision: string } };
}

interface WatchedServer {
  readonly name: string;
  readonly realServers?: readonly { readonly configuredWeight?: number; readonly weight?: number }[];
}

const python3 = "/usr/bin/python3";

test.skipIf(!kernelHasIpvs || !existsSync(python3))(
  "Python's grpcio pushes and watches: a snapshot of what is there, then each change as it happens, in one strictly increasing sequence",
  async () => {
    const { network, lb1 } = await emptyDirector("py");
    await using _ = network;
    const client = join(import.meta.dir, "python-client-fixture.py");
    const socket = join(lb1.runtimeDirectory, "vipward.sock");
    const python = (...words: string[]) => [python3, client, socket, descriptors, ...words];
    const push = (virtualServers: readonly unknown[], reason: string) =>
      JSON.parse(
        network.run(
          "lb1",
          python(
            "call",
            "ConfigService/ApplyConfig",
            JSON.stringify({ config: { virtualServers }, reason, author: "grpcio" }),
          ),
        ),
      );

    // Each start of Python takes seconds in a guest: what need not be its call is not.
    bufCurl(lb1, "ConfigService/ApplyConfig", { config: { virtualServers: [mail] } });
    expect(lb1.table()).toEqual(["-A -t 10.9.0.100:25 -s rr", "-a -t 10.9.0.100:25 -r 10.9.0.21:25 -m -w 1"]);

    const watch = network.spawn("lb1", python("watch"));
    const lines = () => jsonLines<WatchLine>(watch.output());
    const heard = (what: string, is: (line: WatchLine) => boolean) =>
      until(() => lines().find(is), { what, timeoutMs: 30_000, evidence: () => watch.output() });
    const server = (name: string) => (line: WatchLine) => line.changed?.virtualServer?.name === name;
    await heard("the snapshot is complete", (line) => "snapshotEnd" in line);
    const end = lines().findIndex((line) => "snapshotEnd" in line);
    expect(Object.keys(lines()[0] ?? {})).toEqual(["established"]);
    expect(lines().slice(0, end).find(server("tcp 10.9.0.100:25"))?.changed?.virtualServer).toMatchObject({
      realServers: [{ configuredWeight: 1, weight: 1 }],
    });

    // The kernel has it when the answer is there: each time ipvsadm is asked at once.
    expect(push([web([3, 1]), mail], "a virtual server").revision).toMatchObject({ number: "2", author: "grpcio" });
    expect(lb1.table()).toContain("-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 3");
    await heard("of the virtual server", server("tcp 10.9.0.100:80"));
    const weights = (line: WatchLine) => line.changed?.virtualServer?.realServers?.map(({ weight }) => weight);
    const isWeb = server("tcp 10.9.0.100:80");

    push([web([7, 1]), mail], "a weight");
    expect(lb1.table()).toContain("-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 7");
    await heard("of the weight", (line) => isWeb(line) && Bun.deepEquals(weights(line), [7, 1]));

    push([web([7]), mail], "a real server less");
    expect(lb1.table()).not.toContain("-a -t 10.9.0.100:80 -r 10.9.0.12:80 -g -w 1");
    await heard("that a real server is gone", (line) => isWeb(line) && Bun.deepEquals(weights(line), [7]));

    push([mail], "a virtual server less");
    expect(lb1.table()).toHaveLength(2);
    await heard("that the virtual server is gone", (line) => line.removed?.name === "tcp 10.9.0.100:80");
    await heard("of the revision", (line) => line.event?.configApplied?.revision === "5");

    const after = lines().slice(end + 1);
    // What was not touched is not told again.
    expect(after.filter(server("tcp 10.9.0.100:25"))).toEqual([]);
    const sequences = after
      .map((line) => Number(line.changed?.sequence ?? line.event?.sequence ?? line.removed?.sequence ?? Number.NaN))
      .filter((n) => !Number.isNaN(n));
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  },
  LAB_TEST_TIMEOUT_MS,
);

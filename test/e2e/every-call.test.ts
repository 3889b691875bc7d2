// Every method of the API of the compiled binary on a real kernel, called by Python's grpcio and by Go's gRPC; what the doctor says of the guest; metrics.

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { calls } from "../control/api-calls.ts";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";

const descriptors = join(import.meta.dir, "../../agent/control/gen/api.binpb");

/** The codes that a call of an agent without a configuration may end with: it is known, understood, and nothing fails. Each language has its own words. */
const understood = ["OK", "NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION"].flatMap((code) => [
  code,
  pascal(code),
]);

/** The program that scripts/lab/go-client makes; unset: it was not made. */
const goClient = process.env.GO_CLIENT;

test.skipIf(!kernelHasIpvs || !existsSync("/usr/bin/python3"))(
  "Python's grpcio calls every method of the API; the doctor knows the guest, and monitoring reads its metrics",
  async () => {
    await using network = Network.create("every");
    const lb1 = await startIn(network, ["--metrics", "10.9.0.1:9650"]);

    const doctor = JSON.parse(lb1.cli("doctor", "-o", "json").stdout);
    expect(doctor.checks.length).toBeGreaterThan(15);
    // What would be wrong with a guest that runs all other tests.
    const wrong = doctor.findings.filter(({ check }: { check: string }) =>
      ["ipvs", "modules", "rights", "processes", "faults", "stray-addresses"].includes(check),
    );
    expect(wrong).toEqual([]);

    const metrics = network.run("lb1", ["curl", "-s", "http://10.9.0.1:9650/metrics"]);
    expect(metrics).toContain('vipward_process_up{process="vrrp"} 1\n');
    expect(metrics).toEndWith("# EOF\n");
    expect(network.run("lb1", ["curl", "-s", "http://10.9.0.1:9650/readyz"])).toBe("ready\n");

    const fixture = join(import.meta.dir, "every-call-fixture.py");
    await expectEveryCall(network, lb1, ["/usr/bin/python3", fixture, socketOf(lb1), descriptors]);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs || goClient === undefined)(
  "a client in Go, with the stubs that Debian's protoc-gen-go makes, calls every method of the API",
  async () => {
    await using network = Network.create("every");
    const lb1 = await startIn(network, []);
    await expectEveryCall(network, lb1, [goClient ?? "", socketOf(lb1)]);
  },
  LAB_TEST_TIMEOUT_MS,
);

async function startIn(network: Network, options: readonly string[]): Promise<Director> {
  network.addHost("lb1", "10.9.0.1/24");
  const lb1 = new Director(network, "lb1");
  await lb1.start({ withConfig: false, options }).ready();
  return lb1;
}

function socketOf({ runtimeDirectory }: Director): string {
  return join(runtimeDirectory, "vipward.sock");
}

/** Has a client call everything, which it is told on standard input; the last call stops the agent. */
async function expectEveryCall(network: Network, director: Director, client: readonly string[]): Promise<void> {
  const requests = { ...Object.fromEntries(Object.entries(calls).map(([name, [request]]) => [name, request])) };
  const given = JSON.stringify({ ...requests, "StateService/WatchState": {} });
  const said = network.run("lb1", ["sh", "-c", `exec "$@" <<'END'\n${given}\nEND`, "client", ...client]);
  const results = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { method: string; code: string; said?: string });
  expect(results.map(({ method }) => method.replace("vipward.v1.", "")).sort()).toEqual(ownMethods().sort());
  expect(results.filter(({ code }) => !understood.includes(code))).toEqual([]);
  await director.exited;
}

/** "StateService/GetState", for every method of our own. */
function ownMethods(): string[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
  return [...registry].flatMap((type) =>
    type.kind === "service" && type.typeName.startsWith("vipward.")
      ? type.methods.map(({ name }) => `${type.name}/${name}`)
      : [],
  );
}

/** "NotFound", as Go says NOT_FOUND. */
function pascal(code: string): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

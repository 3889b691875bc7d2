// Every method of the API of the compiled binary on a real kernel, called by Python's grpcio; what the doctor says of the guest; metrics.

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

/** The codes that a call of an agent without a configuration may end with: it is known, understood, and nothing fails. */
const understood = ["OK", "NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION"];

test.skipIf(!kernelHasIpvs || !existsSync("/usr/bin/python3"))(
  "Python's grpcio calls every method of the API; the doctor knows the guest, and monitoring reads its metrics",
  async () => {
    await using network = Network.create("every");
    network.addHost("lb1", "10.9.0.1/24");
    const lb1 = new Director(network, "lb1");
    await lb1.start({ withConfig: false, options: ["--metrics", "10.9.0.1:9650"] }).ready();

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

    const requests = { ...Object.fromEntries(Object.entries(calls).map(([name, [request]]) => [name, request])) };
    const given = JSON.stringify({ ...requests, "StateService/WatchState": {} });
    const fixture = join(import.meta.dir, "every-call-fixture.py");
    const socket = join(lb1.runtimeDirectory, "vipward.sock");
    const python = [
      "sh",
      "-c",
      `exec /usr/bin/python3 "$0" "$1" "$2" <<'END'\n${given}\nEND`,
      fixture,
      socket,
      descriptors,
    ];
    const results = network
      .run("lb1", python)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { method: string; code: string; said?: string });
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
    const own = [...registry]
      .filter((type) => type.kind === "service" && type.typeName.startsWith("vipward."))
      .flatMap((type) => (type.kind === "service" ? type.methods.map(({ name }) => `${type.typeName}/${name}`) : []));
    expect(results.map(({ method }) => method).sort()).toEqual(own.sort());
    expect(results.filter(({ code }) => !understood.includes(code))).toEqual([]);
    await lb1.exited;
  },
  LAB_TEST_TIMEOUT_MS,
);

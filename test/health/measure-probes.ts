// Measures what a probe costs: bun test/health/measure-probes.ts [CHECKS]
// Prints one JSON line per kind: CPU of this process per check in microseconds (the listener is another process), and how long a check took.

import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import type { ProbeModel } from "../../agent/config/model.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { attempt } from "../../agent/health/probes/probe.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { http, tcp } from "../balancer/model-builders.ts";

const checks = Number(process.argv[2] ?? 5_000);
const atOnce = 20;
const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const { signal } = new AbortController();
const listener = Bun.spawn([process.execPath, join(import.meta.dir, "answering-listener-fixture.ts")], {
  stdout: "pipe",
});
const { value } = await listener.stdout.getReader().read();
const target = { address: ip("127.0.0.1"), port: Number(new TextDecoder().decode(value)) };
const kinds: Record<string, ProbeModel> = {
  tcp: tcp(target),
  "tcp bound": tcp({ ...target, source: { address: ip("127.0.0.7") } }),
  http: http(target),
  "http bound": http({ ...target, source: { address: ip("127.0.0.7") } }),
};
for (const [kind, model] of Object.entries(kinds)) {
  await run(model, 1_000);
  console.log(JSON.stringify({ kind, checks, ...(await run(model, checks)) }));
}
listener.kill();

async function run(model: ProbeModel, count: number) {
  const before = process.cpuUsage();
  const start = performance.now();
  const times: number[] = [];
  let left = count;
  let failures = 0;
  const worker = async () => {
    while (left-- > 0) {
      const began = performance.now();
      const { kind } = await attempt(probes, model, signal);
      times.push(performance.now() - began);
      if (kind !== "passed") failures += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return {
    cpuMicros: Number(((user + system) / count).toFixed(1)),
    perSecond: Math.round((count / (performance.now() - start)) * 1000),
    p50Ms: Number((times[count >> 1] ?? 0).toFixed(3)),
    p99Ms: Number((times[Math.floor(count * 0.99)] ?? 0).toFixed(3)),
    failures,
  };
}

// Makes one TCP probe with no file descriptor left, and writes its outcome as JSON: bun exhausted-fixture.ts PORT

import { closeSync, openSync, writeSync } from "node:fs";
import { ip } from "../../agent/base/address.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { tcp } from "../balancer/model-builders.ts";

const target = tcp({ address: ip("127.0.0.1"), port: Number(process.argv[2]) });
const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const { signal } = new AbortController();
// The event loop's own descriptors are opened by a first attempt.
await probes.tcp(target, signal);
const held: number[] = [];
try {
  for (;;) held.push(openSync("/dev/null", "r"));
} catch {
  // None is left.
}
const outcome = await probes.tcp(target, signal);
for (const descriptor of held) closeSync(descriptor);
writeSync(1, JSON.stringify(outcome));

// Makes one TCP probe and writes its outcome as JSON: bun one-probe-fixture.ts ADDRESS PORT TIMEOUT_MS

import { writeSync } from "node:fs";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { tcp } from "../balancer/model-builders.ts";

const [address = "", port, timeout] = process.argv.slice(2);
const target = tcp({ address: ip(address), port: Number(port), timeout: milliseconds(Number(timeout)) });
const outcome = await hostProbes(new LinuxProbeSockets(), new LinuxPrograms()).tcp(
  target,
  new AbortController().signal,
);
writeSync(1, JSON.stringify(outcome));

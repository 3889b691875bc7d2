// Makes one TCP probe and writes its outcome as JSON: bun one-probe-fixture.ts ADDRESS PORT TIMEOUT_MS

import { writeSync } from "node:fs";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import { networkProbes } from "../../agent/health/probes/network-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { tcp } from "../balancer/model-builders.ts";

const [address = "", port, timeout] = process.argv.slice(2);
const target = tcp({ address: ip(address), port: Number(port), timeout: milliseconds(Number(timeout)) });
const outcome = await networkProbes(new LinuxProbeSockets()).tcp(target, new AbortController().signal);
writeSync(1, JSON.stringify(outcome));

/** Makes one attempt of a TCP probe, given as JSON, and says its outcome as JSON: for a test that has it run on a host of a `Network`. */
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxForwardingPaths } from "../../agent/kernel/linux/forwarding-path.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";

const probes = hostProbes(
  new LinuxProbeSockets(),
  new LinuxPrograms(),
  undefined,
  undefined,
  new LinuxForwardingPaths(),
);
const outcome = await probes.tcp(JSON.parse(process.argv[2] ?? "{}"), new AbortController().signal);
console.log(JSON.stringify(outcome));
process.exit(0);

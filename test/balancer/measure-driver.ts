// Measures health and balancer together, each real server with a checker, on the table in memory: bun test/balancer/measure-driver.ts
// Prints one JSON line per size: milliseconds to take over a first, an unchanged and a slightly changed configuration, and to show the state.

import { BalancerDriver } from "../../agent/balancer/driver.ts";
import { seconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import type { BalancerModel } from "../../agent/config/model.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";
import { MemoryOwned } from "./director.ts";
import { balancer, checker, realServer, service, tcp, virtualServer } from "./model-builders.ts";

for (const [services, realServers] of [
  [1_000, 10],
  [2_284, 16],
] as const)
  console.log(JSON.stringify(measure(services, realServers)));

function measure(services: number, realServers: number) {
  const clock = new VirtualClock();
  const driver = new BalancerDriver({
    clock,
    createTimer: clock.createTimer,
    random: Math.random,
    ipvs: new MemoryIpvs(),
    probes: hostProbes(new LinuxProbeSockets(), new LinuxPrograms()),
    owned: new MemoryOwned(),
    report: () => undefined,
    remember: () => undefined,
    log: silentLog,
  });
  const [first, same, changed] = [1, 1, 2].map((weight) => large(services, realServers, weight));
  const configure = (model = balancer()) => once(() => void driver.configure(model, []));
  return {
    checkers: services * realServers,
    firstMs: configure(first),
    unchangedMs: configure(same),
    oneWeightMs: configure(changed),
    stateMs: once(() => void driver.state()),
    heapMiB: Math.round(process.memoryUsage().rss / 1024 / 1024),
  };
}

/** The first real server of the first service has the weight. */
function large(services: number, realServers: number, weight: number): BalancerModel {
  return balancer(
    ...Array.from({ length: services }, (_, s) => {
      const address = `10.9.${s >> 8}.${s & 255}`;
      const pool = Array.from({ length: realServers }, (_, r) => {
        const one = realServer(`10.8.0.${r + 1}`, { weight: s + r === 0 ? weight : 1 });
        const warmup = seconds(3600);
        return {
          ...one,
          checkers: [checker(`${address} ${one.name}`, { warmup, probe: tcp({ address: one.address }) })],
        };
      });
      return virtualServer(pool, service(address));
    }),
  );
}

function once(work: () => void): number {
  const start = performance.now();
  work();
  return Number((performance.now() - start).toFixed(1));
}

// Measures the reconciler on a real kernel, in the network namespace it is started in, which must be a fresh one:
//   scripts/lab/run -- bun test/balancer/measure-kernel.ts
// Prints one JSON line: milliseconds to fill the table, to compare an unchanged one, to carry out one verdict, to change one weight, and to stop.

import { Reconciler } from "../../agent/balancer/reconciler.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import type { BalancerModel } from "../../agent/config/model.ts";
import { LinuxIpvs } from "../../agent/kernel/linux/ipvs.ts";
import { VirtualClock } from "../../agent/kernel/memory/clock.ts";
import { MemoryOwned } from "./director.ts";
import { balancer, realServer, service, virtualServer } from "./model-builders.ts";

const [services, realServers] = [Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 10)];
// Without lo no address counts as unicast, and the kernel takes no destination.
Bun.spawnSync(["ip", "link", "set", "lo", "up"]);
const clock = new VirtualClock();
const down = new Set<string>();
const reconciler = new Reconciler({
  ipvs: new LinuxIpvs(),
  owned: new MemoryOwned(),
  clock,
  createTimer: clock.createTimer,
  report: () => undefined,
  log: silentLog,
  isUp: ({ name }) => !down.has(name),
});
const [first, changed] = [large(1), large(2)];
const fillMs = once(() => complain(reconciler.apply(first)));
const unchangedMs = once(() => complain(reconciler.apply(first)));
const oneWeightMs = once(() => complain(reconciler.apply(changed)));
const checkMs = once(() => complain(reconciler.reconcile()));
const verdicts = changed.virtualServers.slice(0, 200).map((server) => {
  down.add(server.realServers[0]?.name ?? "");
  const took = once(() => {
    reconciler.verdictChanged(server);
    clock.advance(milliseconds(0));
  });
  down.clear();
  return took;
});
const verdictMs = verdicts.sort((a, b) => a - b)[100];
const stopMs = once(() => complain(reconciler.stop({ keep: false })));
console.log(JSON.stringify({ services, realServers, fillMs, unchangedMs, oneWeightMs, checkMs, verdictMs, stopMs }));

/** The first real server of the first service has the weight. */
function large(weight: number): BalancerModel {
  return balancer(
    ...Array.from({ length: services }, (_, s) => {
      const pool = Array.from({ length: realServers }, (_, r) =>
        realServer(`10.8.0.${r + 1}`, { weight: s + r === 0 ? weight : 1 }),
      );
      return virtualServer(pool, service(`10.9.${s >> 8}.${s & 255}`));
    }),
  );
}

function complain(failures: readonly unknown[]): void {
  if (failures.length > 0) throw new Error(JSON.stringify(failures.slice(0, 3)));
}

function once(work: () => void): number {
  const start = performance.now();
  work();
  return Number((performance.now() - start).toFixed(2));
}

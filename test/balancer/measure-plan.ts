// Measures the balancer on the table in memory: bun test/balancer/measure-plan.ts
// Prints one JSON line per size: milliseconds for a plan from empty, a plan of an unchanged table, and one verdict with its apply.

import { desiredTable } from "../../agent/balancer/core/desired.ts";
import { plan } from "../../agent/balancer/core/plan.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { BalancerModel } from "../../agent/config/model.ts";
import { Director } from "./director.ts";
import { balancer, realServer, service, verdicts, virtualServer } from "./model-builders.ts";

for (const [services, realServers] of [
  [1_000, 10],
  [2_284, 16],
] as const)
  console.log(JSON.stringify(measure(services, realServers)));

function measure(services: number, realServers: number) {
  const model = large(services, realServers);
  const up = () => true;
  const desired = desiredTable(model, verdicts(up));
  const director = new Director();
  return {
    services,
    realServers,
    desiredMs: median(() => void desiredTable(model, verdicts(up))),
    planFromEmptyMs: median(() => void plan(desired, new Map(), new Set())),
    planUnchangedMs: median(() => void plan(desired, desired, new Set(desired.keys()))),
    applyFromEmptyMs: once(() => void director.apply(model)),
    verdictMs: verdict(director, model),
  };
}

/** A verdict to its operation in the kernel in memory, median of 1,000. */
function verdict(director: Director, model: BalancerModel): number {
  const times: number[] = [];
  for (const server of model.virtualServers.slice(0, 1_000)) {
    const name = server.realServers[0]?.name ?? "";
    director.down.add(name);
    times.push(
      once(() => {
        director.reconciler.verdictChanged(server);
        director.clock.advance(milliseconds(0));
      }),
    );
    director.down.delete(name);
  }
  return middle(times);
}

function large(services: number, realServers: number): BalancerModel {
  const pool = Array.from({ length: realServers }, (_, index) => realServer(`10.8.0.${index + 1}`));
  return balancer(
    ...Array.from({ length: services }, (_, index) =>
      virtualServer(pool, service(`10.9.${index >> 8}.${index & 255}`)),
    ),
  );
}

function median(work: () => void): number {
  return middle(Array.from({ length: 21 }, () => once(work)));
}

function middle(times: number[]): number {
  return Number((times.sort((a, b) => a - b)[times.length >> 1] ?? 0).toFixed(4));
}

function once(work: () => void): number {
  const start = performance.now();
  work();
  return Number((performance.now() - start).toFixed(3));
}

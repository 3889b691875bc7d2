// grpc.health.v1: what load balancers, Kubernetes probes and grpc_health_probe ask.

import { status } from "@grpc/grpc-js";
import type { Log } from "../../base/log.ts";
import { CallError, streaming, unary } from "../call.ts";
import type { Health } from "../domain.ts";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  type HealthServer,
} from "../gen/grpc/health/v1/health.pb.ts";

/** The handlers of grpc.health.v1.Health. The empty name and every service of ours have the agent's health. */
export function healthService(health: Health, services: readonly string[], log: Log): HealthServer {
  const names = ["", ...services];
  const statusOf = (service: string): HealthCheckResponse => {
    if (!names.includes(service)) return { status: HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN };
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    return { status: health.serving() ? SERVING : NOT_SERVING };
  };
  return {
    check: unary(log, async ({ service }) => {
      if (names.includes(service)) return statusOf(service);
      throw new CallError({ code: status.NOT_FOUND, details: `there is no service ${JSON.stringify(service)}` });
    }),
    list: unary(log, async () => ({ statuses: Object.fromEntries(names.map((name) => [name, statusOf(name)])) })),
    watch: streaming<HealthCheckRequest, HealthCheckResponse>(log, ({ service }) =>
      changesOf(health, () => statusOf(service)),
    ),
  };
}

/** The status now, and again whenever it is another one. */
function changesOf(
  health: Health,
  read: () => HealthCheckResponse,
): AsyncIterable<HealthCheckResponse> & { close(): void } {
  let wake = () => {};
  let closed = false;
  const stopListening = health.onChange(() => wake());
  const close = () => {
    closed = true;
    stopListening();
    wake();
  };
  async function* statuses() {
    let told: HealthCheckResponse_ServingStatus | undefined;
    while (!closed) {
      const now = read();
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (now.status !== told) yield now;
      told = now.status;
      if (!closed && read().status === told) await changed;
    }
  }
  return { [Symbol.asyncIterator]: statuses, close };
}

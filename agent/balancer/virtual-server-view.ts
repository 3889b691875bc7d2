// A virtual server as people see it: the configuration, the verdicts, and what the kernel has of it.

import type { RealServerModel, VirtualServerModel } from "../config/model.ts";
import { destinationKeyText, type ObservedDestination, type ObservedService, serviceKeyText } from "../kernel/ipvs.ts";
import type { RealServerView, VirtualServerView } from "./view.ts";

/** Whether a real server belongs in the pool, why, and since when (Unix milliseconds). */
export type VerdictOf = (realServer: RealServerModel) => {
  readonly up: boolean;
  readonly reason: string;
  readonly since: number;
};

/** A virtual server with what the kernel has of it; undefined when that is nothing. */
export function virtualServerView(
  server: VirtualServerModel,
  observed: ObservedService | undefined,
  verdictOf: VerdictOf,
): VirtualServerView {
  const destinations = new Map(
    observed?.destinations.map((entry) => [destinationKeyText(entry.destination), entry] as const),
  );
  return {
    name: server.name,
    service: serviceKeyText(server.service.key),
    scheduler: observed?.service.scheduler ?? server.service.scheduler,
    present: observed !== undefined,
    realServers: server.realServers.map((one) =>
      realServerView(one, destinations.get(destinationKeyText(one)), verdictOf),
    ),
  };
}

function realServerView(
  realServer: RealServerModel,
  observed: ObservedDestination | undefined,
  verdictOf: VerdictOf,
): RealServerView {
  const { up, reason, since } = verdictOf(realServer);
  return {
    name: realServer.name,
    forwarding: realServer.forwarding.method,
    configuredWeight: realServer.weight,
    ...(observed === undefined ? {} : { weight: observed.destination.weight }),
    up,
    reason,
    since,
    activeConnections: observed?.activeConnections ?? 0,
    inactiveConnections: observed?.inactiveConnections ?? 0,
  };
}

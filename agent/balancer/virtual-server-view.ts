// A virtual server as people see it: the configuration, the verdicts, and what the kernel has of it.

import type { RealServerModel, SorryServerModel, VirtualServerModel } from "../config/model.ts";
import { destinationKeyText, type ObservedDestination, type ObservedService, serviceKeyText } from "../kernel/ipvs.ts";
import { aliveWeight, type IsUp } from "./core/quorum.ts";
import type { Quorums } from "./quorums.ts";
import type { QuorumView, RealServerView, SorryServerView, VirtualServerView } from "./view.ts";

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
  quorums: Pick<Quorums, "has">,
): VirtualServerView {
  const destinations = new Map(
    observed?.destinations.map((entry) => [destinationKeyText(entry.destination), entry] as const),
  );
  return {
    name: server.name,
    service: serviceKeyText(server.service.key),
    scheduler: observed?.service.scheduler ?? server.service.scheduler,
    present: observed !== undefined,
    quorum: quorumView(server, (realServer) => verdictOf(realServer).up, quorums),
    ...(server.sorryServer && {
      sorryServer: sorryServerView(server.sorryServer, destinations.get(destinationKeyText(server.sorryServer))),
    }),
    realServers: server.realServers.map((one) =>
      realServerView(one, destinations.get(destinationKeyText(one)), verdictOf),
    ),
  };
}

function quorumView(server: VirtualServerModel, isUp: IsUp, quorums: Pick<Quorums, "has">): QuorumView {
  const { quorum, hysteresis } = server;
  return { up: quorums.has(server, isUp), weight: aliveWeight(server, isUp), quorum, hysteresis };
}

function sorryServerView(
  { name, forwarding }: SorryServerModel,
  observed: ObservedDestination | undefined,
): SorryServerView {
  return {
    name,
    forwarding: forwarding.method,
    ...(observed !== undefined && { weight: observed.destination.weight }),
    activeConnections: observed?.activeConnections ?? 0,
    inactiveConnections: observed?.inactiveConnections ?? 0,
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

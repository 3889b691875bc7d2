// A virtual server as people see it: the configuration, the verdicts, and what the kernel has of it.

import type { RealServerModel, SorryServerModel, VirtualServerModel } from "../config/model.ts";
import {
  type Destination,
  destinationKeyText,
  type ObservedDestination,
  type ObservedService,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import { portBehind } from "./core/desired.ts";
import type { IsUp } from "./core/quorum.ts";
import type { Quorums } from "./quorums.ts";
import type { QuorumView, RealServerView, SorryServerView, VirtualServerView } from "./view.ts";

/** Whether a real server belongs in the pool, why, and since when (Unix milliseconds). */
export type VerdictOf = (realServer: RealServerModel) => {
  readonly up: boolean;
  readonly reason: string;
  readonly since: number;
};

/** A virtual server with what the kernel has of it, services by key text. */
export function virtualServerView(
  server: VirtualServerModel,
  seen: ReadonlyMap<string, ObservedService>,
  verdictOf: VerdictOf,
  quorums: Pick<Quorums, "has" | "weight">,
): VirtualServerView {
  const first = serviceKeyText(server.service.key);
  const observed = seen.get(first);
  const furtherServices = (server.furtherKeys ?? []).map(serviceKeyText);
  const connectionsOf = connectionsBehind([first, ...furtherServices].map((key) => seen.get(key)));
  return {
    name: server.name,
    service: first,
    scheduler: observed?.service.scheduler ?? server.service.scheduler,
    present: observed !== undefined && furtherServices.every((key) => seen.has(key)),
    ...(furtherServices.length > 0 && { furtherServices }),
    quorum: quorumView(server, (realServer) => verdictOf(realServer).up, quorums),
    ...(server.sorryServer && { sorryServer: sorryServerView(server.sorryServer, connectionsOf(server.sorryServer)) }),
    realServers: server.realServers.map((one) => realServerView(one, connectionsOf(one), verdictOf)),
  };
}

/** What the kernel has of a real server, of all services together: its weight in the first that has it, and the sums of its connections. */
interface Observed {
  readonly weight?: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
}

const nothing: Observed = { activeConnections: 0, inactiveConnections: 0 };

type ConnectionsOf = (endpoint: Pick<Destination, "address" | "port" | "forwarding">) => Observed;

function connectionsBehind(services: readonly (ObservedService | undefined)[]): ConnectionsOf {
  const tables = services.flatMap((service) => (service === undefined ? [] : [byEndpoint(service)]));
  return (endpoint) =>
    tables.reduce<Observed>((sum, { key, destinations }) => {
      const found = destinations.get(destinationKeyText({ ...endpoint, port: portBehind(key, endpoint) }));
      return found === undefined ? sum : plus(sum, found);
    }, nothing);
}

function byEndpoint({ service, destinations }: ObservedService) {
  return {
    key: service.key,
    destinations: new Map(destinations.map((entry) => [destinationKeyText(entry.destination), entry] as const)),
  };
}

function plus(sum: Observed, { destination, activeConnections, inactiveConnections }: ObservedDestination): Observed {
  return {
    weight: sum.weight ?? destination.weight,
    activeConnections: sum.activeConnections + activeConnections,
    inactiveConnections: sum.inactiveConnections + inactiveConnections,
  };
}

function quorumView(server: VirtualServerModel, isUp: IsUp, quorums: Pick<Quorums, "has" | "weight">): QuorumView {
  const { quorum, hysteresis } = server;
  return { up: quorums.has(server, isUp), weight: quorums.weight(server, isUp), quorum, hysteresis };
}

function sorryServerView({ name, forwarding }: SorryServerModel, observed: Observed): SorryServerView {
  return { name, forwarding: forwarding.method, ...observed };
}

function realServerView(realServer: RealServerModel, observed: Observed, verdictOf: VerdictOf): RealServerView {
  const { up, reason, since } = verdictOf(realServer);
  return {
    name: realServer.name,
    forwarding: realServer.forwarding.method,
    configuredWeight: realServer.weight,
    ...{ up, reason, since },
    ...observed,
  };
}

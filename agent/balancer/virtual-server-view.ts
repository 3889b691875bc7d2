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
import { countersView } from "./counters.ts";
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
  const services = [first, ...furtherServices].flatMap((key) => seen.get(key) ?? []);
  const connectionsOf = connectionsBehind(services);
  const counters = countersView(services.map((service) => service.counters));
  return {
    name: server.name,
    service: first,
    scheduler: observed?.service.scheduler ?? server.service.scheduler,
    present: observed !== undefined && furtherServices.every((key) => seen.has(key)),
    ...(furtherServices.length > 0 && { furtherServices }),
    ...(counters !== undefined && { counters }),
    quorum: quorumView(server, (realServer) => verdictOf(realServer).up, quorums),
    ...(server.sorryServer && { sorryServer: sorryServerView(server.sorryServer, connectionsOf(server.sorryServer)) }),
    realServers: server.realServers.map((one) => realServerView(one, connectionsOf(one), verdictOf)),
  };
}

/** What the kernel has of a real server, of all services together: its weight in the first that has it, and the sums of its connections. */
type Observed = Pick<
  RealServerView,
  "weight" | "activeConnections" | "inactiveConnections" | "persistentConnections" | "counters"
>;

type ConnectionsOf = (endpoint: Pick<Destination, "address" | "port" | "forwarding">) => Observed;

function connectionsBehind(services: readonly ObservedService[]): ConnectionsOf {
  const tables = services.map(byEndpoint);
  return (endpoint) =>
    observedOf(
      tables.flatMap(({ key, destinations }) => {
        const found = destinations.get(destinationKeyText({ ...endpoint, port: portBehind(key, endpoint) }));
        return found === undefined ? [] : [found];
      }),
    );
}

function byEndpoint({ service, destinations }: ObservedService) {
  return {
    key: service.key,
    destinations: new Map(destinations.map((entry) => [destinationKeyText(entry.destination), entry] as const)),
  };
}

function observedOf(all: readonly ObservedDestination[]): Observed {
  const sum = (count: "activeConnections" | "inactiveConnections" | "persistentConnections") =>
    all.reduce((total, one) => total + one[count], 0);
  const [weight, counters, persistent] = [
    all[0]?.destination.weight,
    countersView(all.map((one) => one.counters)),
    sum("persistentConnections"),
  ];
  return {
    ...(weight !== undefined && { weight }),
    activeConnections: sum("activeConnections"),
    inactiveConnections: sum("inactiveConnections"),
    ...(persistent > 0 && { persistentConnections: persistent }),
    ...(counters !== undefined && { counters }),
  };
}

function quorumView(server: VirtualServerModel, isUp: IsUp, quorums: Pick<Quorums, "has" | "weight">): QuorumView {
  const { quorum, hysteresis } = server;
  return { up: quorums.has(server, isUp), weight: quorums.weight(server, isUp), quorum, hysteresis };
}

function sorryServerView({ name, forwarding }: SorryServerModel, observed: Observed): SorryServerView {
  const { counters: _counters, persistentConnections: _persistent, ...same } = observed;
  return { name, forwarding: forwarding.method, ...same };
}

function realServerView(realServer: RealServerModel, observed: Observed, verdictOf: VerdictOf): RealServerView {
  const { up, reason, since } = verdictOf(realServer);
  return {
    name: realServer.name,
    forwarding: realServer.forwarding.method,
    configuredWeight: realServer.weight,
    ...{ up, reason: realServer.leaving === true ? "it is drained before it goes" : reason, since },
    ...observed,
  };
}

// What the kernel's table should be: the configuration seen through the verdicts of the checkers.

import type { BalancerModel, RealServerModel, SorryServerModel, VirtualServerModel } from "../../config/model.ts";
import { type Destination, type Service, type ServiceKey, serviceKeyText } from "../../kernel/ipvs.ts";
import { sameDestination, sameReach, sameService } from "./compare.ts";
import type { IsUp, WeightOf } from "./quorum.ts";
import type { Table, TableService } from "./table.ts";

/** What is said of real servers one by one, and of those of a virtual server together. */
export interface Verdicts {
  readonly isUp: IsUp;
  readonly weightOf: WeightOf;
  readonly hasQuorum: (server: VirtualServerModel) => boolean;
  /** Other weights of the real servers of a virtual server for a while; absent, or undefined, where there are none. */
  readonly weightsOf?: (server: VirtualServerModel) => WeightOf | undefined;
}

/** The table that is desired for every virtual server. A service that is known and right already is taken from there as it is: what does not change
 * costs a comparison and no memory, and whoever compares the two tables sees at once that it is the same. */
export function desiredTable(model: BalancerModel, verdicts: Verdicts, known: Table = new Map()): Table {
  const table = new Map<string, TableService>();
  for (const server of model.virtualServers) {
    const pool = poolOf(server, verdicts);
    for (const service of servicesOf(server)) {
      const key = serviceKeyText(service.key);
      const found = known.get(key);
      table.set(key, found !== undefined && isRight(service, pool, found) ? found : tableServiceOf(service, pool));
    }
  }
  return table;
}

/** The services that are desired for one virtual server. They stay when all real servers are down: without a sorry server clients are then refused. */
export function desiredServices(server: VirtualServerModel, verdicts: Verdicts): TableService[] {
  const pool = poolOf(server, verdicts);
  return [...servicesOf(server)].map((service) => tableServiceOf(service, pool));
}

/** The services of a virtual server without their destinations: all have the same settings. */
export function* servicesOf({ service, furtherKeys }: VirtualServerModel): Generator<Service> {
  yield service;
  for (const key of furtherKeys ?? []) yield { ...service, key };
}

/** Who is in the pool of a virtual server: without a quorum its sorry server, if it has one, and none of its real servers. */
interface Pool {
  readonly server: VirtualServerModel;
  readonly isIn: IsUp;
  readonly weightOf: WeightOf;
  readonly sorry: Destination | undefined;
}

const nobody: IsUp = () => false;

function poolOf(server: VirtualServerModel, { isUp, hasQuorum, ...weights }: Verdicts): Pool {
  const { sorryServer } = server;
  const weightOf = weights.weightsOf?.(server) ?? weights.weightOf;
  if (sorryServer === undefined) return { server, isIn: isUp, weightOf, sorry: undefined };
  if (!hasQuorum(server)) return { server, isIn: nobody, weightOf, sorry: sorryDestination(sorryServer, 1) };
  return { server, isIn: isUp, weightOf, sorry: sorryServer.inhibit ? sorryDestination(sorryServer, 0) : undefined };
}

function sorryDestination({ address, port, forwarding }: SorryServerModel, weight: number): Destination {
  return { address, port, weight, forwarding, upperThreshold: 0, lowerThreshold: 0 };
}

function tableServiceOf(service: Service, { server, isIn, weightOf, sorry }: Pool): TableService {
  const destinations: Destination[] = [];
  for (const realServer of server.realServers) {
    const destination = desiredDestination(
      service.key,
      realServer,
      isIn(realServer) ? weightOf(realServer) : undefined,
    );
    if (destination !== undefined) destinations.push(destination);
  }
  if (sorry !== undefined) destinations.push({ ...sorry, port: portBehind(service.key, sorry) });
  return { service, destinations };
}

/** Whether the service is what is desired, destinations in the same order: where it is not seen to be, nothing is lost but time. */
function isRight(service: Service, { server, isIn, weightOf, sorry }: Pool, known: TableService): boolean {
  if (!sameService(service, known.service)) return false;
  let place = 0;
  for (const realServer of server.realServers) {
    const weight = isIn(realServer) ? weightOf(realServer) : undefined;
    if (weight === undefined && !realServer.inhibitOnFailure) continue;
    const found = known.destinations[place++];
    if (found === undefined || !isRightDestination(service.key, realServer, weight ?? 0, found)) return false;
  }
  if (sorry !== undefined) {
    const found = known.destinations[place++];
    if (found === undefined || !isBehind(service.key, sorry, found) || !sameDestination(found, sorry)) return false;
  }
  return place === known.destinations.length;
}

function isRightDestination(key: ServiceKey, realServer: RealServerModel, weight: number, known: Destination): boolean {
  return isBehind(key, realServer, known) && known.weight === weight && sameReach(known, realServer);
}

/** A real server that is down is no destination; with inhibit on failure it stays with weight 0, which keeps its connections but gets no new ones. */
/** `weight`: undefined for one that is down. */
function desiredDestination(
  key: ServiceKey,
  realServer: RealServerModel,
  weight: number | undefined,
): Destination | undefined {
  if (weight === undefined && !realServer.inhibitOnFailure) return undefined;
  const { address, forwarding, upperThreshold, lowerThreshold } = realServer;
  const port = portBehind(key, realServer);
  return { address, port, weight: weight ?? 0, forwarding, upperThreshold, lowerThreshold };
}

type Endpoint = Pick<Destination, "address" | "port" | "forwarding">;

function isBehind(key: ServiceKey, endpoint: Endpoint, known: Destination): boolean {
  return known.address === endpoint.address && known.port === portBehind(key, endpoint);
}

/** The port of a destination of a service. Packets to one that is not translated keep the port of the service; with a mark they may have any. */
export function portBehind(key: ServiceKey, { forwarding, port }: Endpoint): number {
  if (forwarding.method === "masquerade") return port;
  return key.kind === "mark" ? 0 : key.port;
}

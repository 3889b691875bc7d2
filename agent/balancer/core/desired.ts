// What the kernel's table should be: the configuration seen through the verdicts of the checkers.

import type { BalancerModel, RealServerModel, SorryServerModel, VirtualServerModel } from "../../config/model.ts";
import { type Destination, serviceKeyText } from "../../kernel/ipvs.ts";
import { sameDestination, sameKey, sameReach, sameService } from "./compare.ts";
import type { IsUp } from "./quorum.ts";
import type { Table, TableService } from "./table.ts";

/** What is said of real servers one by one, and of those of a virtual server together. */
export interface Verdicts {
  readonly isUp: IsUp;
  readonly hasQuorum: (server: VirtualServerModel) => boolean;
}

/** The table that is desired for every virtual server. A service that is known and right already is taken from there as it is: what does not change
 * costs a comparison and no memory, and whoever compares the two tables sees at once that it is the same. */
export function desiredTable(model: BalancerModel, verdicts: Verdicts, known: Table = new Map()): Table {
  const table = new Map<string, TableService>();
  for (const server of model.virtualServers) {
    const key = serviceKeyText(server.service.key);
    const found = known.get(key);
    const pool = poolOf(server, verdicts);
    table.set(key, found !== undefined && isRight(pool, found) ? found : serviceOf(pool));
  }
  return table;
}

/** The service that is desired for one virtual server. It stays when all real servers are down: without a sorry server clients are then refused. */
export function desiredService(virtualServer: VirtualServerModel, verdicts: Verdicts): TableService {
  return serviceOf(poolOf(virtualServer, verdicts));
}

/** Who is in the pool of a virtual server: without a quorum its sorry server, if it has one, and none of its real servers. */
interface Pool {
  readonly server: VirtualServerModel;
  readonly isIn: IsUp;
  readonly sorry: Destination | undefined;
}

const nobody: IsUp = () => false;

function poolOf(server: VirtualServerModel, { isUp, hasQuorum }: Verdicts): Pool {
  const { sorryServer } = server;
  if (sorryServer === undefined) return { server, isIn: isUp, sorry: undefined };
  if (!hasQuorum(server)) return { server, isIn: nobody, sorry: sorryDestination(sorryServer, 1) };
  return { server, isIn: isUp, sorry: sorryServer.inhibit ? sorryDestination(sorryServer, 0) : undefined };
}

function sorryDestination({ address, port, forwarding }: SorryServerModel, weight: number): Destination {
  return { address, port, weight, forwarding, upperThreshold: 0, lowerThreshold: 0 };
}

function serviceOf({ server, isIn, sorry }: Pool): TableService {
  const destinations: Destination[] = [];
  for (const realServer of server.realServers) {
    const destination = desiredDestination(realServer, isIn(realServer));
    if (destination !== undefined) destinations.push(destination);
  }
  if (sorry !== undefined) destinations.push(sorry);
  return { service: server.service, destinations };
}

/** Whether the service is what is desired, destinations in the same order: where it is not seen to be, nothing is lost but time. */
function isRight({ server, isIn, sorry }: Pool, known: TableService): boolean {
  if (!sameService(server.service, known.service)) return false;
  let place = 0;
  for (const realServer of server.realServers) {
    const up = isIn(realServer);
    if (!up && !realServer.inhibitOnFailure) continue;
    const found = known.destinations[place++];
    if (found === undefined || !isRightDestination(realServer, up, found)) return false;
  }
  if (sorry !== undefined) {
    const found = known.destinations[place++];
    if (found === undefined || !sameKey(found, sorry) || !sameDestination(found, sorry)) return false;
  }
  return place === known.destinations.length;
}

function isRightDestination(realServer: RealServerModel, isUp: boolean, known: Destination): boolean {
  return sameKey(known, realServer) && known.weight === (isUp ? realServer.weight : 0) && sameReach(known, realServer);
}

/** A real server that is down is no destination; with inhibit on failure it stays with weight 0, which keeps its connections but gets no new ones. */
function desiredDestination(realServer: RealServerModel, isUp: boolean): Destination | undefined {
  if (!isUp && !realServer.inhibitOnFailure) return undefined;
  const { address, port, forwarding, upperThreshold, lowerThreshold } = realServer;
  return { address, port, weight: isUp ? realServer.weight : 0, forwarding, upperThreshold, lowerThreshold };
}

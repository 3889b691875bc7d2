// What the kernel's table should be: the configuration seen through the verdicts of the checkers.

import type { BalancerModel, RealServerModel, VirtualServerModel } from "../../config/model.ts";
import { type Destination, serviceKeyText } from "../../kernel/ipvs.ts";
import { sameKey, sameReach, sameService } from "./compare.ts";
import type { Table, TableService } from "./table.ts";

/** Whether a real server belongs in the pool. */
export type IsUp = (realServer: RealServerModel) => boolean;

/** The table that is desired for every virtual server. A service that is known and right already is taken from there as it is: what does not change
 * costs a comparison and no memory, and whoever compares the two tables sees at once that it is the same. */
export function desiredTable(model: BalancerModel, isUp: IsUp, known: Table = new Map()): Table {
  const table = new Map<string, TableService>();
  for (const server of model.virtualServers) {
    const key = serviceKeyText(server.service.key);
    const found = known.get(key);
    table.set(key, found !== undefined && isRight(server, isUp, found) ? found : desiredService(server, isUp));
  }
  return table;
}

/** The service that is desired for one virtual server. It stays when all real servers are down: clients are then refused rather than sent elsewhere. */
export function desiredService(virtualServer: VirtualServerModel, isUp: IsUp): TableService {
  const destinations: Destination[] = [];
  for (const realServer of virtualServer.realServers) {
    const destination = desiredDestination(realServer, isUp(realServer));
    if (destination !== undefined) destinations.push(destination);
  }
  return { service: virtualServer.service, destinations };
}

/** Whether the service is what is desired, destinations in the same order: where it is not seen to be, nothing is lost but time. */
function isRight({ service, realServers }: VirtualServerModel, isUp: IsUp, known: TableService): boolean {
  if (!sameService(service, known.service)) return false;
  let place = 0;
  for (const realServer of realServers) {
    const up = isUp(realServer);
    if (!up && !realServer.inhibitOnFailure) continue;
    const found = known.destinations[place++];
    if (found === undefined || !isRightDestination(realServer, up, found)) return false;
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

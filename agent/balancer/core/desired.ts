// What the kernel's table should be: the configuration seen through the verdicts of the checkers.

import type { BalancerModel, RealServerModel, VirtualServerModel } from "../../config/model.ts";
import { type Destination, destinationKeyText, serviceKeyText } from "../../kernel/ipvs.ts";
import type { Table, TableService } from "./table.ts";

/** Whether a real server belongs in the pool. */
export type IsUp = (realServer: RealServerModel) => boolean;

/** The table that is desired for every virtual server. */
export function desiredTable(model: BalancerModel, isUp: IsUp): Table {
  return new Map(
    model.virtualServers.map((server) => [serviceKeyText(server.service.key), desiredService(server, isUp)]),
  );
}

/** The service that is desired for one virtual server. It stays when all real servers are down: clients are then refused rather than sent elsewhere. */
export function desiredService(virtualServer: VirtualServerModel, isUp: IsUp): TableService {
  const destinations = new Map<string, Destination>();
  for (const realServer of virtualServer.realServers) {
    const destination = desiredDestination(realServer, isUp(realServer));
    if (destination !== undefined) destinations.set(destinationKeyText(destination), destination);
  }
  return { service: virtualServer.service, destinations };
}

/** A real server that is down is no destination; with inhibit on failure it stays with weight 0, which keeps its connections but gets no new ones. */
function desiredDestination(realServer: RealServerModel, isUp: boolean): Destination | undefined {
  if (!isUp && !realServer.inhibitOnFailure) return undefined;
  const { address, port, forwarding, upperThreshold, lowerThreshold } = realServer;
  return { address, port, weight: isUp ? realServer.weight : 0, forwarding, upperThreshold, lowerThreshold };
}

// What removals cost clients: the kernel forwards nothing more for connections whose destination is gone.

import { destinationKeyText, type IpvsOperation, type ObservedService, serviceKeyText } from "../../kernel/ipvs.ts";

/** How many established connections the destinations have that these operations remove, those of removed services with all of theirs. */
export function cutConnections(operations: readonly IpvsOperation[], observed: readonly ObservedService[]): number {
  const removed = new Set(operations.flatMap(removedObject));
  let connections = 0;
  for (const { service, destinations } of observed) {
    const key = serviceKeyText(service.key);
    const isGone = removed.has(key);
    for (const { destination, activeConnections } of destinations)
      if (isGone || removed.has(destinationIn(key, destinationKeyText(destination)))) connections += activeConnections;
  }
  return connections;
}

/** Whether there is a removal among them at all. */
export function hasRemovals(operations: readonly IpvsOperation[]): boolean {
  return operations.some(({ kind }) => kind === "remove-service" || kind === "remove-destination");
}

function removedObject(operation: IpvsOperation): string[] {
  if (operation.kind === "remove-service") return [serviceKeyText(operation.key)];
  if (operation.kind !== "remove-destination") return [];
  return [destinationIn(serviceKeyText(operation.key), destinationKeyText(operation.destination))];
}

function destinationIn(service: string, destination: string): string {
  return `${destination} of ${service}`;
}

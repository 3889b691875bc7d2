// After an overrun nobody knows which operations of a send were carried out; only the table says. Pure.

import { destinationKeyText, type IpvsOperation, type ObservedService, serviceKeyText } from "../ipvs.ts";

/** Those operations whose wish the table does not show. Only the last wish for an object counts: what came before it is settled either way. */
export function unsettled(operations: readonly IpvsOperation[], table: readonly ObservedService[]): IpvsOperation[] {
  const services = new Map(table.map((observed) => [serviceKeyText(observed.service.key), observed]));
  return lastWishes(operations).filter((operation) => !isSettled(operation, services.get(serviceText(operation))));
}

function lastWishes(operations: readonly IpvsOperation[]): IpvsOperation[] {
  const last = new Map(operations.map((operation, place) => [objectText(operation), place]));
  const removed = (operation: IpvsOperation, place: number) => {
    const wish = operations[last.get(serviceText(operation)) ?? -1];
    return wish?.kind === "remove-service" && (last.get(serviceText(operation)) ?? -1) > place;
  };
  return operations.filter((wish, place) => last.get(objectText(wish)) === place && !removed(wish, place));
}

function isSettled(operation: IpvsOperation, observed: ObservedService | undefined): boolean {
  switch (operation.kind) {
    case "add-service":
    case "update-service":
      return Bun.deepEquals(observed?.service, operation.service);
    case "remove-service":
      return observed === undefined;
    case "add-destination":
    case "update-destination":
      return Bun.deepEquals(find(operation.destination, observed)?.destination, operation.destination);
    case "remove-destination":
      return find(operation.destination, observed) === undefined;
  }
}

function find(wanted: { readonly address: string; readonly port: number }, observed: ObservedService | undefined) {
  return observed?.destinations.find(
    ({ destination }) => destination.address === wanted.address && destination.port === wanted.port,
  );
}

function objectText(operation: IpvsOperation): string {
  const service = serviceText(operation);
  return "destination" in operation ? `${service} ${destinationKeyText(operation.destination)}` : service;
}

function serviceText(operation: IpvsOperation): string {
  return serviceKeyText("service" in operation ? operation.service.key : operation.key);
}

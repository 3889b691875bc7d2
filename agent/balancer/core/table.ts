// An IPVS table as a value: services by key, each with a list of its destinations. What is desired and what is observed have the same shape,
// so that they can be compared; counters are no part of it.

import { type Destination, type ObservedService, type Service, serviceKeyText } from "../../kernel/ipvs.ts";

/** A service with its destinations, no two with the same `destinationKeyText`. A list, because most are never looked up: tables are compared in order. */
export interface TableService {
  readonly service: Service;
  readonly destinations: readonly Destination[];
}

/** Services keyed by `serviceKeyText`. */
export type Table = ReadonlyMap<string, TableService>;

/** The table that the kernel reported. */
export function tableOf(observed: readonly ObservedService[]): Table {
  return new Map(observed.map((entry) => [serviceKeyText(entry.service.key), tableServiceOf(entry)]));
}

/** One service that the kernel reported. */
export function tableServiceOf({ service, destinations }: ObservedService): TableService {
  return {
    service,
    destinations: destinations.map(({ destination }) => destination),
  };
}

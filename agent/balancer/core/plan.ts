// From the table that is to the table that should be, in the fewest operations. Everything that can be changed in place is: the scheduler and the
// persistence of a service, and weight, thresholds and forwarding method of a destination (the kernel's SET_DEST takes a new method, and
// connections that exist keep the old one). Only keys never change. So connections survive, and the kernel's list of deleted
// destinations, which every new one has to walk, stays short.
//
// Order: what is new first, then changes, then removals, so that a service is never without its destinations in between.

import { type Destination, destinationKeyText, type IpvsOperation, type ServiceKey } from "../../kernel/ipvs.ts";
import { sameDestination, sameKey, sameService } from "./compare.ts";
import type { Table, TableService } from "./table.ts";

/** The operations that make the observed table the desired one. Services that are neither desired nor owned (keys as text) are somebody
 * else's and left alone; one that is desired and there already is adopted and corrected. Empty when nothing is wrong. */
export function plan(desired: Table, observed: Table, owned: ReadonlySet<string>): IpvsOperation[] {
  const phases = newPhases();
  for (const [key, service] of desired) collect(phases, service, observed.get(key));
  for (const [key, service] of observed)
    if (owned.has(key) && !desired.has(key)) phases.removals.push({ kind: "remove-service", key: service.service.key });
  return inOrder(phases);
}

/** The same for services that are known to be ours, each desired against observed; costs grow with their destinations alone. */
export function planServices(pairs: readonly (readonly [TableService, TableService | undefined])[]): IpvsOperation[] {
  const phases = newPhases();
  for (const [desired, observed] of pairs) collect(phases, desired, observed);
  return inOrder(phases);
}

interface Phases {
  readonly additions: IpvsOperation[];
  readonly updates: IpvsOperation[];
  readonly removals: IpvsOperation[];
}

function newPhases(): Phases {
  return { additions: [], updates: [], removals: [] };
}

function inOrder({ additions, updates, removals }: Phases): IpvsOperation[] {
  return updates.length === 0 && removals.length === 0 ? additions : [...additions, ...updates, ...removals];
}

function collect(phases: Phases, desired: TableService, observed: TableService | undefined): void {
  if (desired === observed) return;
  const { service } = desired;
  if (observed === undefined) phases.additions.push({ kind: "add-service", service });
  else if (!sameService(service, observed.service)) phases.updates.push({ kind: "update-service", service });
  collectDestinations(phases, desired, observed);
}

function collectDestinations(phases: Phases, desired: TableService, observed: TableService | undefined): void {
  const { key } = desired.service;
  if (observed === undefined) return addAll(phases.additions, key, desired.destinations);
  if (observed.destinations === desired.destinations) return;
  const same = orders(observed.destinations).find((order) => haveSameKeys(desired.destinations, order));
  if (same === undefined) return collectByKey(phases, desired, observed);
  desired.destinations.forEach((destination, place) => {
    const found = same[place];
    if (found !== undefined) correct(phases, key, destination, found);
  });
}

function addAll(additions: IpvsOperation[], key: ServiceKey, destinations: readonly Destination[]): void {
  for (const destination of destinations) additions.push({ kind: "add-destination", key, destination });
}

/** The kernel puts new destinations before older ones, so that its list is often ours from behind. In order they are compared without looking them up. */
function orders(destinations: readonly Destination[]): readonly (readonly Destination[])[] {
  return [destinations, destinations.toReversed()];
}

function haveSameKeys(some: readonly Destination[], others: readonly Destination[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, place) => {
      const other = others[place];
      return other !== undefined && sameKey(one, other);
    })
  );
}

function collectByKey(phases: Phases, desired: TableService, observed: TableService): void {
  const { key } = desired.service;
  const left = new Map(observed.destinations.map((found) => [destinationKeyText(found), found]));
  for (const destination of desired.destinations) {
    const name = destinationKeyText(destination);
    const found = left.get(name);
    left.delete(name);
    if (found === undefined) phases.additions.push({ kind: "add-destination", key, destination });
    else correct(phases, key, destination, found);
  }
  for (const destination of left.values()) phases.removals.push({ kind: "remove-destination", key, destination });
}

function correct(phases: Phases, key: ServiceKey, destination: Destination, found: Destination): void {
  if (!sameDestination(destination, found)) phases.updates.push({ kind: "update-destination", key, destination });
}

// From the table that is to the table that should be, in the fewest operations. Everything that can be changed in place is: the scheduler and the
// persistence of a service, and weight, thresholds and forwarding method of a destination (the kernel's SET_DEST takes a new method, and
// connections that exist keep the old one). Only keys never change. So connections survive, and the kernel's list of deleted
// destinations, which every new one has to walk, stays short.
//
// Order: what is new first, then changes, then removals, so that a service is never without its destinations in between.

import type { IpvsOperation } from "../../kernel/ipvs.ts";
import { sameDestination, sameService } from "./compare.ts";
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
  return [...additions, ...updates, ...removals];
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
  for (const [name, destination] of desired.destinations) {
    const found = observed?.destinations.get(name);
    if (found === undefined) phases.additions.push({ kind: "add-destination", key, destination });
    else if (!sameDestination(destination, found))
      phases.updates.push({ kind: "update-destination", key, destination });
  }
  if (observed === undefined) return;
  for (const [name, destination] of observed.destinations)
    if (!desired.destinations.has(name)) phases.removals.push({ kind: "remove-destination", key, destination });
}

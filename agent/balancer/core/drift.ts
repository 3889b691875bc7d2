// How the kernel's table differs from the one that we left there, in words. Each operation that would repair it is one difference.

import type { IpvsDrift } from "../../events/event.ts";
import { type IpvsOperation, serviceKeyText } from "../../kernel/ipvs.ts";
import { destinationText, sameKey, serviceText } from "./compare.ts";
import { objectText } from "./operation-text.ts";
import type { Table } from "./table.ts";

/** The differences behind the operations that would repair the observed table. A service that is missing is one difference, its destinations included: a
 * table that was cleared is thousands of those. */
export function driftsOf(repairs: readonly IpvsOperation[], observed: Table): IpvsDrift[] {
  return repairs
    .filter((repair) => !isImplied(repair, observed))
    .map((repair) => ({
      kind: "ipvs-drift",
      object: objectText(repair),
      found: foundText(repair, observed),
      expected: expectedText(repair),
    }));
}

function isImplied(repair: IpvsOperation, observed: Table): boolean {
  return repair.kind === "add-destination" && !observed.has(serviceKeyText(repair.key));
}

function foundText(repair: IpvsOperation, observed: Table): string {
  if ("service" in repair) {
    const found = observed.get(serviceKeyText(repair.service.key));
    return found === undefined ? "nothing" : serviceText(found.service);
  }
  const found = observed.get(serviceKeyText(repair.key));
  if (repair.kind === "remove-service") return found === undefined ? "nothing" : serviceText(found.service);
  const destination = found?.destinations.find((one) => sameKey(one, repair.destination));
  return destination === undefined ? "nothing" : destinationText(destination);
}

function expectedText(repair: IpvsOperation): string {
  switch (repair.kind) {
    case "add-service":
    case "update-service":
      return serviceText(repair.service);
    case "add-destination":
    case "update-destination":
      return destinationText(repair.destination);
    case "remove-service":
    case "remove-destination":
      return "nothing";
  }
}

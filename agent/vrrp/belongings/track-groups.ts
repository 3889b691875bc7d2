// What those who follow static objects are told: whether all of the objects of a group are there, and which is not.

import { formatInterfaceAddress } from "../../base/address.ts";
import type { RouteModel, RuleModel, TrackGroupModel, VirtualAddressModel } from "../../config/model-routing.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";

/** Says whether objects are there. */
export interface Presence {
  readonly address: (address: VirtualAddressModel) => boolean;
  /** Gives the route as text when it is not there. */
  readonly missingRoute: (route: RouteModel) => string | undefined;
  readonly missingRule: (rule: RuleModel) => string | undefined;
}

/** What is to be told of a group. */
export function readingOf({ addresses, routes, rules }: TrackGroupModel, presence: Presence): TrackerReading {
  const [first] = [
    ...addresses.flatMap((one) => (presence.address(one) ? [] : [`address ${formatInterfaceAddress(one)}`])),
    ...routes.flatMap((one) => textOf("route", presence.missingRoute(one))),
    ...rules.flatMap((one) => textOf("rule", presence.missingRule(one))),
  ];
  return first === undefined
    ? { up: true, reason: "is all there" }
    : { up: false, reason: `is without static ${first}` };
}

function textOf(kind: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`${kind} ${text}`];
}

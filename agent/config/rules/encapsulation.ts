// Rules about what a next hop wraps packets in: families, and that the other end is known.

import { familyOf } from "../../base/address.ts";
import type { Finding, Path } from "../issue.ts";
import type { EncapsulationSettings } from "../schema/encapsulation.ts";
import { breach } from "./breach.ts";

/** What is wrong with it. */
export function encapsulationBreaches(path: Path, value: EncapsulationSettings, isIpv4: boolean): Finding[] {
  return [
    ...outerBreaches([...path, "ip"], value.ip, "ipv4"),
    ...outerBreaches([...path, "ip6"], value.ip6, "ipv6"),
    ...(value.ila !== undefined && isIpv4
      ? [breach([...path, "ila"], "only IPv6 routes have this", "an IPv6 route, or ip, ip6 or mpls")]
      : []),
  ];
}

function outerBreaches(path: Path, outer: EncapsulationSettings["ip"], family: "ipv4" | "ipv6"): Finding[] {
  if (outer === undefined) return [];
  const { id, destination } = outer;
  const named = family === "ipv4" ? "IPv4" : "IPv6";
  return [
    ...(id === undefined && destination === undefined
      ? [breach(path, "the outer header leads nowhere", "destination (dst), id, or both")]
      : []),
    ...(["destination", "source"] as const).flatMap((field) => {
      const address = outer[field];
      return address === undefined || familyOf(address) === family
        ? []
        : [breach([...path, field], `${address} is not of the outer header's family`, `an ${named} address`)];
    }),
  ];
}

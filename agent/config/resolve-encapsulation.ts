// What a next hop wraps packets in: of settings to that of the model.

import type { Encapsulation, OuterHeader } from "../kernel/encapsulation.ts";
import type { EncapsulationSettings } from "./schema/encapsulation.ts";

/** The header of the model. */
export function resolveEncapsulation({ ip, ip6, mpls, ila }: EncapsulationSettings): Encapsulation | undefined {
  if (mpls !== undefined) return { kind: "mpls", labels: mpls };
  if (ila !== undefined) return { kind: "ila", locator: canonical(ila) };
  if (ip !== undefined) return outerHeader("ip", ip);
  return ip6 === undefined ? undefined : outerHeader("ip6", ip6);
}

/** Zero is none, as the kernel has it. */
function outerHeader(
  kind: OuterHeader["kind"],
  { id, destination, source, tos, ttl, flags }: NonNullable<EncapsulationSettings["ip"]>,
): OuterHeader {
  return {
    kind,
    ...(id !== undefined && { id }),
    ...(destination !== undefined && { destination }),
    ...(source !== undefined && { source }),
    ...(tos > 0 && { tos }),
    ...(ttl > 0 && { ttl }),
    ...(flags > 0 && { flags }),
  };
}

function canonical(locator: string): string {
  return locator
    .split(":")
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

// The scope of IPv4 routes whose destination is on the link itself: `ip route` and a configuration of ours take link, keepalived leaves it at global
// (seen with 2.2.7). So it is said on the way in and on the way out.

/** What of a route tells where its destination is. */
export interface RouteEnds {
  readonly kind?: unknown;
  readonly family?: unknown;
  readonly to?: unknown;
}

/** Whether the destination is on the link itself, by IPv4, which has scopes. */
export function isOnLink(
  { to, family, kind = "unicast" }: RouteEnds,
  hops: readonly { readonly via?: unknown }[],
): boolean {
  const isIpv6 = family === "ipv6" || String(to).includes(":");
  return kind === "unicast" && !isIpv6 && hops.every(({ via }) => via === undefined);
}

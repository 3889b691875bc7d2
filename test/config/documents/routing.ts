// Random routes and rules.

import fc from "fast-check";
import { ipv4 } from "./values.ts";

const prefixes = fc.constantFrom("10.1.0.0/16", "default", "192.0.2.7");
const outerHeader = fc.record(
  {
    id: fc.integer({ min: 1, max: 99 }),
    destination: ipv4,
    source: ipv4,
    ...{ tos: fc.nat(255), ttl: fc.nat(255), flags: fc.constantFrom(1, 4, 12) },
  },
  { requiredKeys: ["destination"] },
);
const encap = fc.oneof(
  fc.record({ ip: outerHeader }),
  fc.record({ mpls: fc.array(fc.integer({ min: 16, max: 1_048_575 }), { minLength: 1, maxLength: 2 }) }),
);
const plainRoute = fc.record(
  {
    to: prefixes,
    nextHops: fc.array(
      fc.record(
        { via: ipv4, interface: fc.constantFrom("eth0", "eth1"), onlink: fc.boolean(), encap },
        { requiredKeys: ["via"] },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    table: fc.constantFrom("main", "local", 100),
    metric: fc.integer({ min: 0, max: 9 }),
    realm: fc.constantFrom("7", "3/7"),
    congestionControl: fc.constantFrom("cubic", "bbr"),
    features: fc.constant(1),
    mtu: fc.integer({ min: 1, max: 9000 }),
    track: fc.boolean(),
  },
  { requiredKeys: ["to", "nextHops"] },
);
export const route = fc
  .tuple(plainRoute, fc.boolean())
  .map(([one, isLocked]) => (isLocked && one.mtu !== undefined ? { ...one, locked: ["mtu"] } : one));
export const rule = fc.record(
  {
    priority: fc.integer({ min: 1, max: 9999 }),
    table: fc.constantFrom("main", 100),
    from: prefixes.filter((prefix) => prefix !== "default"),
    mark: fc.integer({ min: 0, max: 255 }),
    realm: fc.constant("7"),
    tunnelId: fc.integer({ min: 1, max: 9 }),
    track: fc.boolean(),
  },
  { requiredKeys: ["priority", "table"] },
);

// Random routes and rules.

import fc from "fast-check";
import { ipv4 } from "./values.ts";

const prefixes = fc.constantFrom("10.1.0.0/16", "default", "192.0.2.7");
const plainRoute = fc.record(
  {
    to: prefixes,
    nextHops: fc.array(
      fc.record(
        { via: ipv4, interface: fc.constantFrom("eth0", "eth1"), onlink: fc.boolean() },
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

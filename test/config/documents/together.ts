// What is there whoever is master, and who belongs together.

import fc from "fast-check";
import { route, rule } from "./routing.ts";
import { tracks } from "./tracking.ts";
import { ipv4, word } from "./values.ts";

/** What is there whoever is master, who moves together and who follows: of instances that may not be there. */
export const together = {
  staticAddresses: fc.array(
    fc.record(
      { address: ipv4.map((address) => `${address}/24`), interface: fc.constant("eth1"), track: fc.boolean() },
      { requiredKeys: ["address", "interface"] },
    ),
    { maxLength: 2 },
  ),
  staticRoutes: fc.array(route, { maxLength: 2 }),
  staticRules: fc.array(rule, { maxLength: 2 }),
  trackGroups: fc.array(fc.record({ name: word, members: fc.array(word, { minLength: 1, maxLength: 2 }) }), {
    maxLength: 1,
  }),
  vrrpSyncGroups: fc.array(
    fc.record(
      {
        name: word,
        members: fc.array(word, { minLength: 1, maxLength: 3 }),
        ...tracks,
        trackingWeight: fc.boolean(),
      },
      { requiredKeys: ["name", "members"] },
    ),
    { maxLength: 1 },
  ),
};

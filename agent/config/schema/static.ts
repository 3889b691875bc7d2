// What is there for as long as the agent runs, whoever is master.

import { z } from "zod";
import { routeSchema, ruleSchema } from "./routing.ts";
import { says } from "./says.ts";
import { virtualAddressSchema } from "./virtual-address.ts";

/** The fields of the document about static objects. */
export const staticFields = {
  staticAddresses: z
    .array(virtualAddressSchema)
    .default([])
    .register(
      ...says("Addresses that are there while the agent runs, leased like virtual ones; each names its interface."),
    ),
  staticRoutes: z
    .array(routeSchema)
    .default([])
    .register(...says("Routes that are there while the agent runs.")),
  staticRules: z
    .array(ruleSchema)
    .default([])
    .register(...says("Rules of the routing policy that are there while the agent runs.")),
};

// What is there for as long as the agent runs, whoever is master.

import * as z from "zod";
import { routeSchema, ruleSchema } from "./routing.ts";
import { says } from "./says.ts";
import { syncDaemonSchema } from "./sync-daemon.ts";
import { virtualAddressSchema } from "./virtual-address.ts";

/** The fields of the document about static objects. */
export const staticFields = {
  syncDaemon: syncDaemonSchema
    .optional()
    .register(...says("The IPVS sync daemon (keepalived: lvs_sync_daemon); none unless given.")),
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

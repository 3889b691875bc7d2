// What is there for as long as the agent runs, whoever is master.

import * as z from "zod";
import { routeSchema, ruleSchema } from "./routing.ts";
import { says } from "./says.ts";
import { name } from "./scalar.ts";
import { syncDaemonSchema } from "./sync-daemon.ts";
import { virtualAddressSchema } from "./virtual-address.ts";

/** Instances that follow static objects. */
export const trackGroupSchema = z.strictObject({
  name: name().register(...says("Its name, which static objects say.")),
  members: z
    .array(name())
    .min(1)
    .register(...says("The names of the instances.")),
});

/** The fields of the document about static objects. */
export const staticFields = {
  syncDaemon: syncDaemonSchema
    .optional()
    .register(...says("The IPVS sync daemon (keepalived: lvs_sync_daemon); none unless given.")),
  trackGroups: z
    .array(trackGroupSchema)
    .default([])
    .register(
      ...says("Instances that are in fault while a static object of their group cannot be there (track_group)."),
    ),
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

// The whole document. This schema is the single source of names, types, defaults, ranges and descriptions. It is written on camelCase
// keys, which are those of the gRPC messages; YAML and JSON files have the same names in snake_case.

import * as z from "zod";
import { seconds } from "../../base/duration.ts";
import { bfdFields } from "./bfd.ts";
import { directorSchema } from "./director.ts";
import { duration } from "./duration.ts";
import { ipvsSchema } from "./ipvs.ts";
import { notificationsSchema } from "./notifications.ts";
import { processesSchema } from "./processes.ts";
import { programsSchema } from "./program.ts";
import { says } from "./says.ts";
import { staticFields } from "./static.ts";
import { trackingFields } from "./tracking.ts";
import { virtualServerSchema } from "./virtual-server.ts";
import { vrrpGeneralSchema } from "./vrrp-general.ts";
import { vrrpInstanceSchema } from "./vrrp-instance.ts";

/** Everything that can be configured. */
export const settingsSchema = z.strictObject({
  director: directorSchema.prefault({}),
  addressLease: duration({ min: seconds(3), max: seconds(3600), step: seconds(1) })
    .default(seconds(10))
    .register(...says("How long the kernel keeps a virtual address that the agent no longer renews.")),
  vrrp: vrrpGeneralSchema.prefault({}).register(...says("What holds for all VRRP instances.")),
  programs: programsSchema.prefault({}),
  notifications: notificationsSchema.prefault({}),
  vrrpInstances: z
    .array(vrrpInstanceSchema)
    .default([])
    .register(...says("The VRRP instances.")),
  ...staticFields,
  ...trackingFields,
  ...bfdFields,
  processes: processesSchema.prefault({}).register(...says("How the processes of the agent are run.")),
  ipvs: ipvsSchema.prefault({}).register(...says("IPVS as a whole.")),
  virtualServers: z
    .array(virtualServerSchema)
    .default([])
    .register(...says("The virtual servers.")),
});

/** A document that is well formed: every default of a field filled in, inheritance not yet done. */
export type Settings = z.infer<typeof settingsSchema>;
export type VrrpInstanceSettings = Settings["vrrpInstances"][number];
export type VirtualServerSettings = Settings["virtualServers"][number];
export type RealServerSettings = VirtualServerSettings["realServers"][number];
export type SorryServerSettings = NonNullable<VirtualServerSettings["sorryServer"]>;
export type SyncGroupSettings = Settings["vrrpSyncGroups"][number];
export type CheckerSettings = RealServerSettings["checkers"][number];

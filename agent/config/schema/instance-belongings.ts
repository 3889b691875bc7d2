// What an instance moves besides the addresses in its advertisements, and what the kernel does for it.

import * as z from "zod";
import { routeSchema, ruleSchema } from "./routing.ts";
import { says } from "./says.ts";
import { virtualAddressSchema } from "./virtual-address.ts";
import { ipvlanSchema, namePrefix, virtualMacSchema } from "./virtual-mac.ts";

/** The fields of an instance that are about the kernel. */
export const belongingsFields = {
  excludedAddresses: z
    .array(virtualAddressSchema)
    .default([])
    .register(
      ...says(
        "Addresses that the master holds and announces, but does not advertise: of either family, any number (virtual_ipaddress_excluded).",
      ),
    ),
  noVirtualAddresses: z
    .boolean()
    .default(false)
    .register(...says("Whether an instance without virtual addresses is meant (no_virtual_ipaddress).")),
  virtualRoutes: z
    .array(routeSchema)
    .default([])
    .register(...says("Routes that the master has (virtual_routes).")),
  virtualRules: z
    .array(ruleSchema)
    .default([])
    .register(...says("Rules of the routing policy that the master has (virtual_rules).")),
  virtualMac: virtualMacSchema
    .optional()
    .register(
      ...says("Holds the addresses on an interface with the virtual router's own hardware address (use_vmac)."),
    ),
  virtualMacElsewhere: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether addresses on other interfaces than the instance's are each on an interface with the virtual router's hardware address there (use_vmac_addr).",
      ),
    ),
  virtualMacPrefix: namePrefix
    .optional()
    .register(
      ...says("What the name of its interface with the virtual MAC begins with (vmac_prefix); vrrp unless given."),
    ),
  virtualMacElsewherePrefix: namePrefix
    .optional()
    .register(
      ...says(
        "The same for those of addresses on other interfaces (vmac_addr_prefix); as virtual_mac_prefix unless given.",
      ),
    ),
  ipvlan: ipvlanSchema
    .optional()
    .register(...says("Holds the addresses on an ipvlan interface of their own (use_ipvlan).")),
  accept: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Whether packets to the addresses that are for no virtual server are taken (accept, no_accept); true unless given, in strict mode only for the address owner.",
      ),
    ),
  promoteSecondaries: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "Whether removing an address leaves the others of its network on the interface: sets the sysctl promote_secondaries.",
      ),
    ),
};

// How an instance speaks and what it believes of what it hears, besides what the RFCs say.

import * as z from "zod";
import { authHmacSchema } from "./auth-hmac.ts";
import { says } from "./says.ts";
import { interfaceName } from "./scalar.ts";
import { heartbeatPathSchema, unicastSchema } from "./unicast.ts";

/** The fields of an instance that are about its advertisements' ways and checks. */
export const wireFields = {
  unicast: unicastSchema.prefault({}).register(...says("Advertisements to peers one by one instead of to a group.")),
  heartbeatPaths: z
    .array(heartbeatPathSchema)
    .default([])
    .register(
      ...says("Further ways on which to advertise as well. A backup takes over only when all of them are silent."),
    ),
  vrf: interfaceName()
    .optional()
    .register(
      ...says("The VRF that an instance without an interface advertises in; by the routes of the host unless given."),
    ),
  strictChecksum: z
    .boolean()
    .default(false)
    .register(...says("Version 3 over IPv4: accept only the kind of checksum that checksum_with_pseudo_header says.")),
  checkAdvertisedAddresses: z
    .boolean()
    .default(true)
    .register(
      ...says(
        "Whether to compare the addresses of each advertisement with the own ones, and report differences; if not, only those of a new sender (skip_check_adv_addr).",
      ),
    ),
  authHmac: authHmacSchema
    .optional()
    .register(...says("Advertisements are signed and verified with an HMAC (keepalived: auth_hmac).")),
};

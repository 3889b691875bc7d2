// How many real servers make a virtual server worth having, and who answers in their place.

import * as z from "zod";
import { address } from "./address.ts";
import { forwardingMethod, tunnelSchema } from "./forwarding.ts";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** Who answers while there is no quorum. */
const sorryServerSchema = z.strictObject({
  address: address().register(...says("Its address.")),
  port: integer(0, 65535)
    .optional()
    .register(...says("Its port; the virtual server's unless given.")),
  forwarding: forwardingMethod()
    .optional()
    .register(...says("How packets reach it; as the virtual server says unless given (sorry_server_lvs_method).")),
  tunnel: tunnelSchema
    .optional()
    .register(...says("The kind of tunnel, with forwarding tunnel; as the virtual server says unless given.")),
  inhibit: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "When the quorum is back: weight 0 instead of removal, so that its connections are kept (sorry_server_inhibit).",
      ),
    ),
});

/** The fields of a virtual server about its quorum. */
export const quorumFields = {
  quorum: integer(1, 65_535_000)
    .default(1)
    .register(...says("Up while the weights of the real servers that are up add up to this.")),
  hysteresis: integer(0, 65_535_000)
    .default(0)
    .register(
      ...says("How far the sum must fall below the quorum before it is lost, and rise above it before it is back."),
    ),
  sorryServer: sorryServerSchema
    .optional()
    .register(...says("Takes all connections while there is no quorum, in place of the real servers.")),
};

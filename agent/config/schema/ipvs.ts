// IPVS as a whole: what one network namespace has for all its services together.

import { z } from "zod";
import { seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { networkNamespace } from "./network-namespace.ts";
import { says } from "./says.ts";

const timeout = () => duration({ min: seconds(1), max: seconds(31 * 86_400), step: seconds(1) }).optional();

/** The kernel's timeouts of connections. */
const timeoutsSchema = z.strictObject({
  tcp: timeout().register(...says("How long an open TCP connection is kept without packets; unchanged unless given.")),
  tcpFin: timeout().register(...says("How long a TCP connection is kept after its FIN; unchanged unless given.")),
  udp: timeout().register(...says("How long a UDP connection is kept without packets; unchanged unless given.")),
});

/** The settings of IPVS as a whole. */
export const ipvsSchema = z.strictObject({
  timeouts: timeoutsSchema
    .optional()
    .register(...says("The kernel's timeouts (lvs_timeouts); what was there before comes back at a stop.")),
  flushAtStart: z
    .boolean()
    .default(false)
    .register(
      ...says(
        "The first configuration after a start removes every service that is not configured, also those of others (lvs_flush). What is configured stays without an interruption.",
      ),
    ),
  flushAtStop: z
    .boolean()
    .default(false)
    .register(...says("A stop removes every service, also those of others (lvs_flush_on_stop).")),
  networkNamespace: networkNamespace().register(
    ...says(
      "The network namespace whose IPVS is programmed, while checks go out from the agent's own (net_namespace_ipvs); the agent's own unless given. It cannot change while the agent runs.",
    ),
  ),
});

import * as z from "zod";
import { address } from "./address.ts";
import { checkTiming } from "./check-timing.ts";
import { checkerSchema } from "./checker.ts";
import { flapDampingField } from "./flap-damping.ts";
import { forwardingMethod, tunnelSchema } from "./forwarding.ts";
import { realServerNotify } from "./pool-notify.ts";
import { says } from "./says.ts";
import { hostHeader, integer, name } from "./scalar.ts";

/** A real server of one virtual server. */
export const realServerSchema = z.strictObject({
  name: name()
    .optional()
    .register(...says('Unique within its virtual server; "10.9.0.11:80" unless given.')),
  address: address().register(...says("Its address.")),
  port: integer(0, 65535)
    .optional()
    .register(
      ...says(
        "Its port; the virtual server's unless given. With direct and tunnel packets keep the virtual server's port.",
      ),
    ),
  weight: integer(0, 2_147_483_647)
    .default(1)
    .register(...says("Its share of new connections; 0 for none.")),
  forwarding: forwardingMethod()
    .optional()
    .register(...says("How packets reach it; as the virtual server says unless given.")),
  tunnel: tunnelSchema.optional().register(...says("The kind of tunnel; as the virtual server says unless given.")),
  upperThreshold: integer(0, 4294967295)
    .default(0)
    .register(...says("No new connections above this many; 0 for no limit (uthreshold).")),
  lowerThreshold: integer(0, 4294967295)
    .default(0)
    .register(...says("New connections again below this many; 0 for three quarters of the upper one (lthreshold).")),
  inhibitOnFailure: z
    .boolean()
    .optional()
    .register(
      ...says(
        "On failure weight 0 instead of removal, so that connections are kept; as the virtual server says unless given.",
      ),
    ),
  virtualHost: hostHeader()
    .optional()
    .register(...says("The Host header of its http checkers; as the virtual server says unless given.")),
  notify: realServerNotify,
  ...checkTiming,
  ...flapDampingField,
  checkers: z
    .array(checkerSchema)
    .default([])
    .register(...says("It is in the pool when all of them say up; always when there are none.")),
});

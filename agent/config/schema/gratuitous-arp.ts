// How often, in which form and to whom a master announces its addresses.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { address } from "./address.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

const day = seconds(86_400);

/** How often a master announces its addresses to its neighbours. */
export const gratuitousArpSchema = z.strictObject({
  repeat: integer(1, 255)
    .default(5)
    .register(...says("Frames for each address on becoming master (keepalived: garp_master_repeat).")),
  delay: duration({ min: milliseconds(0), max: day })
    .default(seconds(5))
    .register(
      ...says("The same number of frames once more after this time; 0 for no second round (garp_master_delay)."),
    ),
  refresh: duration({ min: milliseconds(0), max: day })
    .default(milliseconds(0))
    .register(...says("While master, announce again every so often; 0 for never (garp_master_refresh).")),
  refreshRepeat: integer(0, 255)
    .default(1)
    .register(...says("Frames for each refresh (garp_master_refresh_repeat).")),
  lowerPriorityRepeat: integer(0, 255)
    .optional()
    .register(
      ...says(
        "Frames for each address when a lesser master was heard (garp_lower_prio_repeat). As repeat unless given; 0 in strict mode.",
      ),
    ),
  lowerPriorityDelay: duration({ min: milliseconds(0), max: day })
    .optional()
    .register(
      ...says("The same number of frames once more after this time (garp_lower_prio_delay). As delay unless given."),
    ),
  form: z
    .enum(["request", "reply", "both"])
    .default("request")
    .register(...says("ARP requests, as keepalived sends them, ARP replies, or one of each.")),
  verify: z
    .array(address())
    .default([])
    .register(
      ...says(
        "IPv4 neighbours, such as the gateway, that a new master asks whether they have learnt where its addresses are; the outcome is an event.",
      ),
    ),
  probe: z
    .boolean()
    .default(true)
    .register(
      ...says(
        "Whether a new master asks once, by ARP and neighbour discovery, whether somebody else has its addresses: then there are two masters, and an event says so.",
      ),
    ),
  extraInterval: duration({ min: milliseconds(0), max: day })
    .default(milliseconds(0))
    .register(
      ...says(
        "How often addresses on other interfaces than the instance's are announced, so that switches remember them; 0 for never (garp_extra_if).",
      ),
    ),
  extraAllInterfaces: z
    .boolean()
    .default(false)
    .register(...says("On all other interfaces, not only on those with a virtual MAC (garp_extra_if all).")),
});

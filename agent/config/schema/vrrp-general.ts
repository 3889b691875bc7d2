// What holds for the VRRP process as a whole: when instances begin, and how fast announcements may follow one another.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { interfaceName } from "./scalar.ts";

const none = milliseconds(0);
const pace = { min: none, max: seconds(60) };
const wait = { min: none, max: seconds(86_400) };

/** Interfaces that share one pace. */
const garpGroupSchema = z.strictObject({
  interfaces: z
    .array(interfaceName())
    .check(z.minLength(1))
    .register(...says("The interfaces on which together the pace is kept.")),
  garpInterval: duration(pace)
    .default(none)
    .register(...says("The least time between two gratuitous ARPs on these interfaces.")),
  gnaInterval: duration(pace)
    .default(none)
    .register(...says("The least time between two unsolicited neighbour advertisements on these interfaces.")),
});

/** What holds for all instances. */
export const vrrpGeneralSchema = z.strictObject({
  startupDelay: duration(wait)
    .default(none)
    .register(
      ...says("How long after the start of the agent instances begin. One that is continued as master does not wait."),
    ),
  delayAfterBoot: duration(wait)
    .default(none)
    .register(...says("How long after the boot of the machine instances begin; the later of the two counts.")),
  garpInterval: duration(pace)
    .default(none)
    .register(...says("The least time between two gratuitous ARPs on an interface; 0 for as fast as they can.")),
  gnaInterval: duration(pace)
    .default(none)
    .register(
      ...says(
        "The least time between two unsolicited neighbour advertisements on an interface; 0 for as fast as they can.",
      ),
    ),
  localIgmp: z
    .boolean()
    .default(true)
    .register(
      ...says(
        "Whether the host reports groups of 224.0.0.0/24 to the switches, which need no reports. False: disable_local_igmp; with IPv4 virtual MACs never.",
      ),
    ),
  garpGroups: z
    .array(garpGroupSchema)
    .default([])
    .register(...says("Interfaces that share a pace of their own (keepalived: garp_group).")),
});

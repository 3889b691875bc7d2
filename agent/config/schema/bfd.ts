// BFD sessions: is the way to a neighbour open, in both directions? Names and defaults follow keepalived's bfd_instance.

import * as z from "zod";
import { milliseconds, seconds } from "../../base/duration.ts";
import { address } from "./address.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { integer, name } from "./scalar.ts";

/** Microseconds in 32 bits (RFC 5880, section 4.1). */
const longest = milliseconds(4_294_967);
const usual = milliseconds(10);

/** One session. */
export const bfdSessionSchema = z.strictObject({
  name: name().register(...says("Unique among the sessions: what instances, sync groups and checkers call it.")),
  neighbour: address().register(...says("The address of the other end.")),
  sourceAddress: address()
    .optional()
    .register(...says("The address of this end; the kernel's choice unless given.")),
  minRx: duration({ min: milliseconds(1), max: longest })
    .default(usual)
    .register(...says("How often packets can be taken; the neighbour sends no faster.")),
  minTx: duration({ min: milliseconds(1), max: longest })
    .default(usual)
    .register(...says("How often to send while the session is up, and no faster than the neighbour can take.")),
  idleTx: duration({ min: seconds(1), max: longest })
    .default(seconds(1))
    .register(...says("How often to send while it is not up.")),
  multiplier: integer(1, 255)
    .default(5)
    .register(...says("After so many of our intervals without a packet the neighbour counts us as down.")),
  passive: z
    .boolean()
    .default(false)
    .register(...says("Says nothing before the neighbour was heard. One of the two ends must not be passive.")),
  ttl: integer(1, 255)
    .default(255)
    .register(...says("The time to live (hop limit) of packets. 255 is RFC 5881's; keepalived sends 64 over IPv6.")),
  maxHops: integer(0, 255)
    .default(0)
    .register(...says("How many hops a packet of the neighbour may have taken, counted from ttl; 255: any number.")),
  multihop: z
    .boolean()
    .default(false)
    .register(...says("For neighbours that are not on an own network (RFC 5883, port 4784).")),
  weight: integer(-253, 253)
    .optional()
    .register(
      ...says("How much it counts where nothing else is said; 0 unless given: a session that is down is a fault."),
    ),
  reverse: z
    .boolean()
    .optional()
    .register(...says("Whether it counts the other way round. False unless given.")),
});

/** The list of the document. */
export const bfdFields = {
  bfdSessions: z
    .array(bfdSessionSchema)
    .default([])
    .register(...says("BFD sessions (keepalived: bfd_instance).")),
};

/** The check of a real server that looks at a session. */
export const bfdCheck = z.strictObject({
  session: name().register(...says("A session of bfd_sessions that must be up.")),
  startDown: z
    .boolean()
    .optional()
    .register(
      ...says("Out of the pool until the session was up (alpha). As the real server says unless given, else false."),
    ),
});

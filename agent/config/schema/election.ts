// Who becomes master, and when: keepalived's options beside the RFC's. They are fields of a VRRP instance, kept here because they belong
// together.

import * as z from "zod";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

/** Fields of a VRRP instance about its election. */
export const electionFields = {
  strictMode: z
    .boolean()
    .default(false)
    .register(
      ...says("Refuse whatever is not in the RFC of the version in use (keepalived: strict_mode, vrrp_strict)."),
    ),
  downTimerAdverts: integer(1, 100)
    .default(3)
    .register(
      ...says("How many advertisements of the master may be missing before the skew time begins. The RFCs say 3."),
    ),
  timerExpiredBackup: integer(1, 254)
    .optional()
    .register(
      ...says(
        "The highest priority that another director can have: a master that was held up for so long that this one must have taken over steps down.",
      ),
    ),
  higherPrioSendAdvert: z
    .boolean()
    .default(false)
    .register(...says("Whether a master advertises once more before it yields to a better one.")),
  lowerPrioNoAdvert: z
    .boolean()
    .optional()
    .register(
      ...says("Whether a master leaves a lesser one unanswered (RFC 5798). False unless given, true in strict mode."),
    ),
  ownerIgnoreAdverts: z
    .boolean()
    .optional()
    .register(
      ...says(
        "Whether the address owner takes no notice of others' advertisements. False unless given, true in strict mode.",
      ),
    ),
};

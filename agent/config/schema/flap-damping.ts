// Flap damping of virtual servers and real servers.

import * as z from "zod";
import { seconds } from "../../base/duration.ts";
import { duration } from "./duration.ts";
import { says } from "./says.ts";
import { integer } from "./scalar.ts";

const time = () => duration({ min: seconds(1), max: seconds(7 * 86_400) }).default(seconds(600));

/** How often a real server may go down before it is kept out for a while. */
export const flapDampingField = {
  flapDamping: z
    .strictObject({
      falls: integer(2, 100)
        .default(3)
        .register(...says("So many times from up to down keep it out.")),
      within: time().register(...says("Within this time; what is longer ago no longer counts.")),
      hold: time().register(
        ...says("So long it stays out, from the last time on; then the next success brings it back."),
      ),
    })
    .optional()
    .register(
      ...says(
        "Keep out for a while what goes down again and again, although it passes in between; {} for 3 times within 10m, which cost 10m. As the virtual server says unless given, else never.",
      ),
    ),
};

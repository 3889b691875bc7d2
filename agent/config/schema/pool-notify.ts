// Who is told when a real server goes in or out of the pool, or a virtual server loses its quorum or has it again.

import * as z from "zod";
import { programSchema } from "./program.ts";
import { says } from "./says.ts";

const mail = z
  .boolean()
  .optional()
  .register(...says("Send a mail for each (smtp_alert); as the virtual server says unless given, which says false."));

/** Who is told of one real server. */
export const realServerNotify = z
  .strictObject({
    up: programSchema.optional().register(...says("Run when it goes into the pool (notify_up).")),
    down: programSchema.optional().register(...says("Run when it goes out of it (notify_down).")),
    mail,
  })
  .optional()
  .register(...says("Who is told when it goes in or out."));

/** Who is told of one virtual server. */
export const virtualServerNotify = z
  .strictObject({
    up: programSchema.optional().register(...says("Run when it has its quorum (quorum_up).")),
    down: programSchema.optional().register(...says("Run when it has lost it (quorum_down).")),
    mail,
  })
  .optional()
  .register(...says("Who is told when its quorum is lost or back."));

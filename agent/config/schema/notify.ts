// What is done when a VRRP instance or a sync group changes its state. Names follow keepalived's notify_… directives.

import * as z from "zod";
import { programSchema } from "./program.ts";
import { says } from "./says.ts";

/** Who is told of one instance or group, besides whoever reads a FIFO. */
export const notifySchema = z
  .strictObject({
    master: programSchema.optional().register(...says("Run on becoming master (notify_master).")),
    backup: programSchema.optional().register(...says("Run on becoming backup (notify_backup).")),
    fault: programSchema.optional().register(...says("Run on a fault (notify_fault).")),
    stop: programSchema.optional().register(...says("Run when the agent stops (notify_stop).")),
    deleted: programSchema
      .optional()
      .register(
        ...says(
          "Run when it is taken out of the configuration (notify_deleted); without this, that is told as a fault.",
        ),
      ),
    any: programSchema
      .optional()
      .register(
        ...says(
          "Run at each of these, after the one before, with INSTANCE or GROUP, name, STATE and priority (notify).",
        ),
      ),
    masterReceivesLowerPriority: programSchema
      .optional()
      .register(...says("Run when a master hears another with a lower priority (notify_master_rx_lower_pri).")),
    priorityChanges: z
      .boolean()
      .default(false)
      .register(...says("Write changes of its priority to the FIFOs (notify_priority_changes).")),
    mail: z
      .boolean()
      .default(false)
      .register(...says("Send a mail for each change of state (smtp_alert).")),
  })
  .register(...says("Who is told when its state changes."));

import * as z from "zod";
import { says } from "./says.ts";
import { name } from "./scalar.ts";

/** What belongs to the director as a whole. */
export const directorSchema = z
  .strictObject({
    name: name()
      .optional()
      .register(...says("The director's name in events (keepalived: router_id). The host's name unless given.")),
  })
  .register(...says("The director itself."));

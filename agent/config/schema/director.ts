import * as z from "zod";
import { networkNamespace } from "./network-namespace.ts";
import { says } from "./says.ts";
import { name } from "./scalar.ts";

/** What belongs to the director as a whole. */
export const directorSchema = z
  .strictObject({
    name: name()
      .optional()
      .register(...says("The director's name in events (keepalived: router_id). The host's name unless given.")),
    networkNamespace: networkNamespace().register(
      ...says(
        "The network namespace that the agent and its programs run in (keepalived: net_namespace), which must be there at the start; the one that it was started in unless given. It cannot change while the agent runs.",
      ),
    ),
  })
  .register(...says("The director itself."));

import { z } from "zod";
import { name } from "./scalar.ts";

/** What belongs to the director as a whole. */
export const directorSchema = z
  .strictObject({
    name: name()
      .optional()
      .describe("The director's name in events (keepalived: router_id). The host's name unless given."),
  })
  .describe("The director itself.");

import * as z from "zod";

/** What a node says about itself in words, for its `register`. `describe` would do the same to a copy of the node: every start of the agent
 * makes all of them, and copies were a third of that. */
export function says(description: string): [typeof z.globalRegistry, { description: string }] {
  return [z.globalRegistry, { description }];
}

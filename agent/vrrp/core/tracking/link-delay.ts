// How long a change of a link must last before it counts (keepalived's interface_up_down_delays). The kernel tells of every change; this
// remembers since when the link is not as it counts.

import { after, type Instant } from "../../../base/duration.ts";
import type { InterfaceDelayModel } from "../../../config/model.ts";

/** How a link counts, and when that changes unless the link changes back. */
export interface LinkDelay {
  readonly up: boolean;
  readonly changesAt: Instant | undefined;
}

/** Takes in how the link is now. A link that is seen for the first time (`state` undefined) counts as it is. */
export function delayLink(
  state: LinkDelay | undefined,
  isUp: boolean,
  { up, down }: InterfaceDelayModel,
  now: Instant,
): LinkDelay {
  if (state === undefined || state.up === isUp) return { up: isUp, changesAt: undefined };
  const changesAt = state.changesAt ?? after(now, isUp ? up : down);
  return changesAt <= now ? { up: isUp, changesAt: undefined } : { up: state.up, changesAt };
}

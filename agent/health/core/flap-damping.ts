// Flap damping: a server that goes down again and again is kept out for a while, although it passes in between. Clients that are sent to it would only be
// sent away again. It is counted in falls, because that is what clients notice: from up to down, not failed attempts, and not the way back.

import { after, type Instant } from "../../base/duration.ts";
import type { FlapDampingModel } from "../../config/model.ts";

/** The falls of one checker that still count, the oldest first, and until when it is kept out. */
export interface Flaps {
  readonly falls: readonly Instant[];
  readonly heldUntil?: Instant;
}

/** Those of a checker that has not fallen. */
export const noFlaps: Flaps = { falls: [] };

/** The checker has gone from up to down. Falls that are too old count no more; those before a hold do, so that the next fall soon after it begins another one. */
export function fell(damping: FlapDampingModel, { falls }: Flaps, now: Instant): Flaps {
  const counting = [...falls.filter((at) => after(at, damping.within) > now), now].slice(-damping.falls);
  return counting.length < damping.falls
    ? { falls: counting }
    : { falls: counting, heldUntil: after(now, damping.hold) };
}

/** Until when a checker is kept out; undefined: it is not. */
export function heldUntil(damping: FlapDampingModel | undefined, flaps: Flaps, now: Instant): Instant | undefined {
  return damping !== undefined && flaps.heldUntil !== undefined && flaps.heldUntil > now ? flaps.heldUntil : undefined;
}

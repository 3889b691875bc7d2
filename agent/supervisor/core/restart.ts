// How soon a child that ended is started again: at once when it had lived for a while, else after a growing pause, so that a child
// that cannot live does not eat the machine. Pure.

import { type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";

/** A child that lived longer than this is trusted again. */
export const trustedLife: Milliseconds = seconds(10);

/** The longest pause before a restart. */
export const longestPause: Milliseconds = seconds(5);

/** The pause before the next start after `quickEnds` ends in a row that each came before `trustedLife`: none after the first, then 100 ms doubled each time. */
export function restartPause(quickEnds: number): Milliseconds {
  if (quickEnds <= 1) return milliseconds(0);
  return milliseconds(Math.min(longestPause, 100 * 2 ** (quickEnds - 2)));
}

/** How many quick ends in a row there are now that a child ended after living for `life`. */
export function countQuickEnds(before: number, life: Milliseconds): number {
  return life >= trustedLife ? 1 : before + 1;
}

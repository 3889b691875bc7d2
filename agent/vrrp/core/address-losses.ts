// An address that somebody removes again and again: it is put back at once, but not told each time, and not without a limit. Two programs that
// fight over an address would otherwise fill the journal and use up a processor.

import { after, elapsed, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";

/** What is remembered of an address that has been lost. */
export interface Losses {
  /** When the last loss was told, and how long further ones are only counted after that. */
  readonly toldAt: Instant;
  readonly pause: Milliseconds;
  /** Losses since then. */
  readonly untold: number;
  readonly lastAt: Instant;
  /** When it was put back, the last of them last. */
  readonly repairs: readonly Instant[];
  readonly storm: boolean;
}

/** Losses to tell: how many, in how long. */
export interface LossesTold {
  readonly times: number;
  readonly during: Milliseconds;
}

/** Takes a loss in. Told at once if it is the first one for a minute, or if nothing has been told for the pause. */
export function noteLoss(
  before: Losses | undefined,
  now: Instant,
): { readonly losses: Losses; readonly tell: LossesTold | undefined } {
  const known = before === undefined || elapsed(before.lastAt, now) >= quiet ? undefined : before;
  if (known === undefined)
    return {
      losses: { toldAt: now, pause: firstPause, untold: 0, lastAt: now, repairs: [], storm: false },
      tell: { times: 1, during: milliseconds(0) },
    };
  return tellIfDue({ ...known, untold: known.untold + 1, lastAt: now }, now);
}

/** Tells what has been counted when the pause is over, and makes the next one longer. */
export function tellIfDue(losses: Losses, now: Instant): ReturnType<typeof noteLoss> {
  const at = tellAt(losses);
  return at === undefined || at > now ? { losses, tell: undefined } : tellNow(losses, now);
}

/** Tells what has been counted, whenever it is; nothing when nothing has been. */
export function tellNow(losses: Losses, now: Instant): ReturnType<typeof noteLoss> {
  const { untold, toldAt, pause } = losses;
  if (untold === 0) return { losses, tell: undefined };
  const longer = milliseconds(Math.min(2 * pause, longestPause));
  return {
    losses: { ...losses, toldAt: now, pause: longer, untold: 0 },
    tell: { times: untold, during: elapsed(toldAt, now) },
  };
}

/** When what has been counted is to be told; undefined when nothing has been. */
export function tellAt({ untold, toldAt, pause }: Losses): Instant | undefined {
  return untold === 0 ? undefined : after(toldAt, pause);
}

/** From when the address may be put back: at once, but in a storm only now and then. */
export function repairAt({ repairs, storm }: Losses, now: Instant): Instant {
  const last = repairs.at(-1);
  if (!storm || last === undefined) return now;
  const next = after(last, repairPause);
  return next > now ? next : now;
}

/** Takes in that the address has been put back: too often in a second is a storm, and that lasts until a second has passed without. */
export function noteRepair(losses: Losses, now: Instant): Losses {
  const repairs = [...losses.repairs, now].slice(-repairsAtOnce);
  const goesOn = losses.storm && isWithinSecond(losses.repairs.at(-1), now);
  return { ...losses, repairs, storm: goesOn || (repairs.length === repairsAtOnce && isWithinSecond(repairs[0], now)) };
}

function isWithinSecond(at: Instant | undefined, now: Instant): boolean {
  return at !== undefined && elapsed(at, now) < 1000;
}

const firstPause = milliseconds(1000);
const longestPause = milliseconds(60_000);
/** After so long without a loss the next one is the first again. */
const quiet = milliseconds(60_000);
const repairsAtOnce = 20;
const repairPause = milliseconds(100);

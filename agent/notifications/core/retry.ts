// When a mail that could not be handed over is tried again.

import { type Milliseconds, milliseconds } from "../../base/duration.ts";

/** The first pause between two attempts, and the longest. */
const firstPause = 1000;
const longestPause = 300_000;

/** How old a mail may become before it is given up: a day. */
const longestLife = 86_400_000;

/** The pause after so many failed attempts: it doubles each time. */
export function pauseAfter(attempts: number): Milliseconds {
  return milliseconds(Math.min(longestPause, firstPause * 2 ** Math.min(attempts - 1, 20)));
}

/** Whether something that happened `at` is too old now to be tried again. Both are Unix milliseconds. */
export function isTooOld(at: number, now: number): boolean {
  return now - at > longestLife;
}

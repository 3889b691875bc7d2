/**
 * Waiting for conditions instead of for time: `until` asks again and again until the answer is neither undefined, null nor
 * false, and returns it.
 */

export interface Patience {
  /** What is awaited, as it should read in the error: "r1 answers on port 80". */
  readonly what: string;
  /** Milliseconds after which to give up on a host; in the lab's guest it is `guestPace` times as long. */
  readonly timeoutMs?: number;
  /** Milliseconds between two questions. */
  readonly everyMs?: number;
  /** Text for the error, such as a process's log; asked for only when giving up. */
  readonly evidence?: () => string;
}

/** A guest on one core beside other work is many times slower than a host. */
const guestPace = process.env.VIPWARD_LAB === undefined ? 1 : 4;

type Answer<T> = T | undefined | null | false;

/** The condition's first answer that is not undefined, null or false; rejects, naming what was awaited, when time is up. */
export async function until<T>(
  condition: () => Answer<T> | Promise<Answer<T>>,
  { what, timeoutMs = 10_000, everyMs = 10, evidence }: Patience,
): Promise<T> {
  const patienceMs = timeoutMs * guestPace;
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await condition();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > end) throw new Error(complaint(what, patienceMs, evidence));
    await Bun.sleep(everyMs);
  }
}

function complaint(what: string, timeoutMs: number, evidence?: () => string): string {
  const text = evidence?.().trimEnd();
  return `waited ${timeoutMs} ms in vain until ${what}${text ? `\n${text}` : ""}`;
}

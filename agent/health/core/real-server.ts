// A real server's verdict out of those of its checkers: recomputed from the list every time, never counted up and down.

/** What one checker says, and since when (any clock, the same for all). */
export interface CheckerSays {
  readonly up: boolean;
  readonly reason: string;
  readonly since: number;
}

/** Whether a real server belongs in the pool, why, and since when. */
export interface RealServerVerdict {
  readonly up: boolean;
  readonly reason: string;
  readonly since: number;
}

/** In the pool only when every checker says up; always when there is none. The first checker that went down decides, or else the last that came up. */
export function realServerVerdict(checkers: readonly CheckerSays[], configuredSince: number): RealServerVerdict {
  const down = checkers.filter((checker) => !checker.up);
  if (down.length > 0) return { ...copy(down.reduce((a, b) => (b.since < a.since ? b : a))), up: false };
  if (checkers.length === 0) return { up: true, reason: "no checker is configured", since: configuredSince };
  return { ...copy(checkers.reduce((a, b) => (b.since > a.since ? b : a))), up: true };
}

function copy({ reason, since }: CheckerSays): { readonly reason: string; readonly since: number } {
  return { reason, since };
}

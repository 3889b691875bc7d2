// When a script counts as up or down: after so many successes or failures in a row (keepalived's rise and fall). The first end decides alone.

import type { TrackedScriptModel } from "../../../config/model.ts";

/** What a script has come to, and how many ends in a row have said otherwise since. */
export interface ScriptState {
  readonly counts: "unknown" | "up" | "down";
  readonly contrary: number;
}

/** A script that has not ended yet: whoever is to be down until it succeeds (init_fail) needs all the successes. */
export function initialScriptState({ initiallyFailed }: Pick<TrackedScriptModel, "initiallyFailed">): ScriptState {
  return { counts: initiallyFailed ? "down" : "unknown", contrary: 0 };
}

/** Takes in how a run has ended. */
export function stepScript(
  { counts, contrary }: ScriptState,
  hasSucceeded: boolean,
  { rise, fall }: Pick<TrackedScriptModel, "rise" | "fall">,
): ScriptState {
  const result = hasSucceeded ? "up" : "down";
  if (counts === "unknown" || counts === result) return { counts: result, contrary: 0 };
  const needed = hasSucceeded ? rise : fall;
  return contrary + 1 >= needed ? { counts: result, contrary: 0 } : { counts, contrary: contrary + 1 };
}

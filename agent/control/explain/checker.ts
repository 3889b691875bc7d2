// Why a checker says what it says.

import type { CheckerView } from "../../balancer/view.ts";
import type { Override } from "../overrides/override.ts";
import { overrideRemedy, overrideSentence } from "./override-sentence.ts";
import type { Reasoning } from "./reasoning.ts";

/** The checker's verdict with what led to it. */
export function explainChecker(checker: CheckerView, overrides: readonly Override[]): Reasoning {
  const { id, state, virtualServer, realServer, history = [] } = checker;
  const attempts = history.map(({ at, passed, detail }) => {
    return `${passed ? "passed" : "failed"} at ${new Date(at).toISOString()}: ${detail}`;
  });
  return {
    answer: `checker ${id} of ${realServer} in ${virtualServer} says ${state}: ${lastWord(checker)}`,
    because: [checkerSentence(checker), ...attempts, ...overrides.map(overrideSentence)],
    remedies: overrides.map(overrideRemedy),
  };
}

/** What a checker says and saw last. */
export function checkerSentence(checker: CheckerView): string {
  const { probe, state, consecutiveFailures, suspended } = checker;
  const row = consecutiveFailures === 0 ? "" : `, ${consecutiveFailures} failed in a row`;
  const asleep = suspended ? "; it asks nothing, because no address of its virtual server is on this director" : "";
  return `${probe} says ${state}${row}: ${lastWord(checker)}${asleep}`;
}

function lastWord({ lastProbe }: CheckerView): string {
  return lastProbe === undefined ? "no probe has ended yet" : lastProbe.detail;
}

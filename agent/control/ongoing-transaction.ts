// A transaction on its way, and the answer that it comes to.

import type { OperationCounts } from "../kernel/ipvs.ts";
import type { Candidate } from "./candidate.ts";
import type { Confirmation, NewConfirmation } from "./confirmation/confirmation.ts";
import type { Leaving } from "./overrides/overrides.ts";
import type { PhaseTimes } from "./phase-times.ts";
import type { Applied } from "./words/outcome.ts";
import type { ApplyRequest } from "./words/request.ts";
import type { Revision } from "./words/revision.ts";

/** What a transaction carries from its first step to its answer. */
export interface Going {
  readonly request: ApplyRequest;
  readonly fingerprint: string;
  readonly candidate: Candidate;
  readonly times: PhaseTimes;
  readonly confirmation: NewConfirmation | undefined;
  /** Real servers that stay for a while; known when the children are given something. */
  readonly leaving?: Leaving | undefined;
}

/** Nothing is asked of the kernel. */
export const nothing: OperationCounts = { added: 0, updated: 0, removed: 0 };

/** What every answer has. */
export function answerOf({ candidate, times }: Going, operations: OperationCounts) {
  return { operations, replayed: false, warnings: candidate.warnings, phases: times.list() };
}

/** The answer where a revision was made. */
export function appliedOf(pending: Revision, going: Going, operations: OperationCounts): Applied {
  const { hash } = going.candidate.content;
  const confirmation = confirmationOf(pending, going);
  return {
    ...answerOf(going, operations),
    unchanged: false,
    ...(going.leaving !== undefined && { draining: going.leaving.realServers }),
    revision: { ...pending, hash, result: "applied" },
    ...(confirmation !== undefined && { confirmation }),
  };
}

/** What an applied change waits for; undefined when it is for good. */
export function confirmationOf({ number }: Revision, { confirmation }: Going): Confirmation | undefined {
  return confirmation && { ...confirmation, revision: number, outcome: "pending" };
}

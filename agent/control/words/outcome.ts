// The words for what a change would come to, and what it came to.

import type { OperationFailure } from "../../base/errors.ts";
import type { DifferingPlace } from "../../config/diff.ts";
import type { Issue } from "../../config/issue.ts";
import type { VrrpState } from "../../events/event.ts";
import type { OperationCounts } from "../../kernel/ipvs.ts";
import type { PlannedOperations } from "../../supervisor/planned-operations.ts";
import type { Confirmation } from "../confirmation/confirmation.ts";
import type { Revision } from "./revision.ts";

/** What is said about a document. The hash is there when nothing refuses it. */
export interface Validation {
  readonly issues: readonly Issue[];
  readonly hash?: string;
}

/** What is expected to happen to one VRRP instance. Addresses are texts with prefix length. */
export interface VrrpEffect {
  readonly instance: string;
  readonly change: "added" | "removed" | "changed" | "restarted";
  readonly state?: VrrpState;
  readonly expectedState?: VrrpState;
  readonly addedAddresses: readonly string[];
  readonly removedAddresses: readonly string[];
  readonly explanation: string;
}

/** How many checkers go on, begin anew, and end. */
export interface CheckerChanges {
  readonly kept: number;
  readonly started: number;
  readonly ended: number;
}

/** What applying a document would do. */
export interface Plan {
  readonly baseRevision: number;
  readonly hash: string;
  readonly planned: PlannedOperations;
  readonly checkers: CheckerChanges;
  /** Shown as differences when they are told: of a large configuration only the first are. */
  readonly differences: readonly DifferingPlace[];
  readonly vrrpEffects: readonly VrrpEffect[];
  readonly warnings: readonly Issue[];
}

/** The phases of a change, in order. */
export const applyPhases = ["validate", "plan", "store", "checkers", "vrrp", "commit"] as const;
export type ApplyPhase = (typeof applyPhases)[number];

/** What a change came to. Plain JSON: it is stored with its request id. The revision is missing only where none was ever applied. */
export interface Applied {
  readonly revision?: Revision;
  readonly phases: readonly { readonly name: ApplyPhase; readonly durationMs: number }[];
  readonly operations: OperationCounts;
  readonly replayed: boolean;
  readonly unchanged: boolean;
  readonly warnings: readonly Issue[];
  /** The real servers that it removed and that are drained first. */
  readonly draining?: readonly string[];
  /** It goes back unless it is confirmed, or its gate is passed. */
  readonly confirmation?: Confirmation;
}

/** A step of a change that failed, with the process it failed in. */
export interface StepFailure extends OperationFailure {
  readonly phase: ApplyPhase;
}

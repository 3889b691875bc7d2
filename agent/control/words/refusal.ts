// The words for a call that is refused: expected, and so a value; whatever is thrown is a fault of ours.

import type { Issue } from "../../config/issue.ts";
import type { NamedFile } from "../access/named-files.ts";
import type { Confirmation } from "../confirmation/confirmation.ts";
import type { GuardExceeded } from "../guards.ts";
import type { ApplyPhase, StepFailure } from "./outcome.ts";

/** Why a call is refused. Nothing has changed, except where `rollback-failed` says so. */
export type Refusal =
  | { readonly kind: "invalid-configuration"; readonly issues: readonly Issue[] }
  | { readonly kind: "invalid-argument"; readonly field: string; readonly message: string }
  | { readonly kind: "request-id-reused"; readonly requestId: string }
  | { readonly kind: "revision-not-found"; readonly revision: number }
  | { readonly kind: "no-configuration" }
  | { readonly kind: "revision-mismatch"; readonly expected: number; readonly actual: number }
  | { readonly kind: "revision-lost"; readonly expected: number; readonly actual: number }
  | { readonly kind: "plan-changed"; readonly expected: string; readonly actual: string }
  | { readonly kind: "confirmation-pending"; readonly confirmation: Confirmation }
  | { readonly kind: "confirmation-ended"; readonly confirmation: Confirmation }
  | { readonly kind: "confirmation-not-found"; readonly id: string }
  | { readonly kind: "confirmation-id-reused"; readonly id: string }
  | { readonly kind: "not-permitted"; readonly caller: string; readonly call: string; readonly right: string }
  | { readonly kind: "outside-scope"; readonly fields: readonly string[] }
  | {
      readonly kind: "file-not-permitted";
      readonly files: readonly NamedFile[];
      readonly directories: readonly string[];
    }
  | {
      readonly kind: "limit-exceeded";
      readonly caller: string;
      readonly limit: "rate" | "concurrency";
      readonly retryMs: number;
    }
  | {
      readonly kind: "certificate-refused";
      readonly reason: "TLS_NOT_SERVED" | "CERTIFICATE_ON_TRIAL" | "CERTIFICATE_NOT_PROVEN" | "NO_CERTIFICATE_ON_TRIAL";
    }
  | { readonly kind: "object-not-found"; readonly object: string }
  | { readonly kind: "stale-controller"; readonly role: string; readonly epoch: number; readonly current: number }
  | { readonly kind: "configuration-prepared"; readonly expiresAt: number }
  | { readonly kind: "preparation-not-found"; readonly token: string }
  | { readonly kind: "upload-not-found"; readonly id: string }
  | { readonly kind: "guard-exceeded"; readonly exceeded: readonly GuardExceeded[] }
  | { readonly kind: "kernel-refused"; readonly failures: readonly StepFailure[] }
  | { readonly kind: "child-unavailable"; readonly phase: ApplyPhase; readonly message: string }
  | {
      readonly kind: "store-failed";
      readonly full: boolean;
      readonly message: string;
    }
  | { readonly kind: "rollback-failed"; readonly cause: string; readonly failures: readonly StepFailure[] }
  | { readonly kind: "stopping" };

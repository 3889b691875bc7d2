// Refusals on their way out of a transaction: thrown inside, values at its border (domain.ts).

import { describeFailure, messageOf, type OperationFailure } from "../base/errors.ts";
import { fail, type Result } from "../base/result.ts";
import type { Issue } from "../config/issue.ts";
import type { Confirmation } from "./confirmation/confirmation.ts";
import { StoreError } from "./store/store-error.ts";
import type { ApplyPhase } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";

/** A refusal on its way out of a step. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** A child that went away before it answered. */
class Unreached extends Error {
  readonly phase: ApplyPhase;

  constructor(phase: ApplyPhase, cause: unknown) {
    super(messageOf(cause), { cause });
    this.phase = phase;
  }
}

/** Asks a child; that it went away before it answered becomes a refusal of the phase. */
export async function reached<T>(phase: ApplyPhase, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw new Unreached(phase, thrown);
  }
}

/** The refusal in what was thrown; undefined when it is a fault of ours. */
export function refusalOf(thrown: unknown): Refusal | undefined {
  if (thrown instanceof Refused) return thrown.refusal;
  if (thrown instanceof Unreached) return { kind: "child-unavailable", phase: thrown.phase, message: thrown.message };
  if (thrown instanceof StoreError)
    return { kind: "store-failed", full: thrown.problem === "full", message: thrown.message };
  return undefined;
}

/** Runs an action and makes values of what it refuses. */
export async function refusals<T>(action: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
  try {
    return await action();
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal === undefined) throw thrown;
    return fail(refusal);
  }
}

/** What went wrong, as sentences without secrets. */
export function problemsOf(refusal: Refusal): readonly string[] {
  switch (refusal.kind) {
    case "invalid-configuration":
      return refusal.issues.filter(({ severity }) => severity === "error").map(issueText);
    case "kernel-refused":
      return refusal.failures.map(failureText);
    case "rollback-failed":
      return [refusal.cause, ...refusal.failures.map((failure) => `could not put back: ${describeFailure(failure)}`)];
    case "child-unavailable":
    case "store-failed":
      return [refusal.message];
    case "invalid-argument":
      return [`${refusal.field}: ${refusal.message}`];
    case "request-id-reused":
      return [`request id ${JSON.stringify(refusal.requestId)} was used for other content`];
    case "revision-not-found":
      return [`there is no revision ${refusal.revision}`];
    case "no-configuration":
      return ["no configuration was ever applied"];
    case "revision-mismatch":
      return [`revision ${refusal.actual} runs, not ${refusal.expected}`];
    case "revision-lost":
      return [`revision ${refusal.actual} was applied before this call, which expected ${refusal.expected}`];
    case "plan-changed":
      return [`the plan is now ${refusal.actual}, not ${refusal.expected}`];
    case "confirmation-pending": {
      const { id, revision } = refusal.confirmation;
      return [`revision ${revision} waits to be confirmed as ${JSON.stringify(id)}`];
    }
    case "confirmation-ended": {
      const { id, revision, outcome } = refusal.confirmation;
      return [`${JSON.stringify(id)} does not wait any more: revision ${revision} ${outcomeTexts[outcome]}`];
    }
    case "confirmation-not-found":
      return [`no change waits to be confirmed as ${JSON.stringify(refusal.id)}`];
    case "confirmation-id-reused":
      return [`${JSON.stringify(refusal.id)} was the id of another confirmed commit`];
    case "not-permitted":
      return [`${refusal.caller} may not ${refusal.right}: ${refusal.call} needs that right`];
    case "outside-scope": {
      const { fields } = refusal;
      return [`this caller may not change ${fields.slice(0, 3).join(", ")}${fields.length > 3 ? ", …" : ""}`];
    }
    case "file-not-permitted": {
      const { files, directories } = refusal;
      return files.map(
        ({ path, file }) =>
          `${path}: this caller may not name ${file}, expected a file below ${directories.join(" or ")} (files: in the access file), or an admin`,
      );
    }
    case "limit-exceeded":
      return [
        refusal.limit === "rate"
          ? `${refusal.caller} calls too often`
          : `${refusal.caller} has too many calls going on at once`,
      ];
    case "certificate-refused":
      return [aboutCertificates[refusal.reason]];
    case "object-not-found":
      return [`there is no ${refusal.object}`];
    case "stale-controller": {
      const { role, epoch, current } = refusal;
      return [`epoch ${epoch} of role ${JSON.stringify(role)} is over: ${current} was seen`];
    }
    case "configuration-prepared":
      return [`another configuration is prepared until ${new Date(refusal.expiresAt).toISOString()}`];
    case "preparation-not-found":
      return [
        "nothing is prepared under this token: it was applied or aborted, its time is over, or the agent was restarted",
      ];
    case "upload-not-found":
      return [`there is no upload ${JSON.stringify(refusal.id)}: its time is over, or the agent was restarted`];
    case "guard-exceeded":
      return refusal.exceeded.map(({ description }) => description);
    case "stopping":
      return ["the agent is stopping"];
  }
}

const outcomeTexts: Readonly<Record<Confirmation["outcome"], string>> = {
  pending: "waits",
  confirmed: "was confirmed",
  "gate-passed": "passed its gate",
  cancelled: "was cancelled",
  expired: "was not confirmed in time",
  "gate-failed": "failed its gate",
};

/** What failed, with its object; that the kernel lacks IPVS is a sentence of its own, with its remedy. */
function failureText(failure: OperationFailure): string {
  const { text } = failure.cause;
  return failure.operation === "find" && text !== undefined ? text : describeFailure(failure);
}

function issueText({ path, message }: Issue): string {
  return path === undefined ? message : `${path}: ${message}`;
}

/** Why the certificate of the API stays as it is. */
const aboutCertificates: Readonly<Record<Extract<Refusal, { kind: "certificate-refused" }>["reason"], string>> = {
  TLS_NOT_SERVED: "the agent does not serve TCP: it was started without --listen",
  CERTIFICATE_ON_TRIAL: "another certificate is on trial: confirm or cancel it first",
  CERTIFICATE_NOT_PROVEN:
    "this call did not come over a connection that was made with the certificate on trial: connect anew over TCP",
  NO_CERTIFICATE_ON_TRIAL: "no certificate is on trial",
};

// Refusals as gRPC errors: a canonical code, a sentence, and google.rpc details in `grpc-status-details-bin`. The only place that maps
// them. What a handler throws besides becomes INTERNAL with a reference; its message goes to the log and not to the caller.

import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { describeFailure } from "../base/errors.ts";
import type { Issue } from "../config/issue.ts";
import type { Confirmation } from "./confirmation/confirmation.ts";
import { durationOf } from "./convert/time.ts";
import type { Any } from "./gen/google/protobuf/any.pb.ts";
import {
  BadRequest,
  type BadRequest_FieldViolation,
  ErrorInfo,
  PreconditionFailure,
  type PreconditionFailure_Violation,
  RequestInfo,
  RetryInfo,
} from "./gen/google/rpc/error_details.pb.ts";
import { Status } from "./gen/google/rpc/status.pb.ts";
import type { GuardExceeded } from "./guards.ts";
import { problemsOf } from "./refused.ts";
import type { StepFailure } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";

/** The domain of our reasons. */
export const errorDomain = "vipward";

/** The name of the trailer that carries the details. */
export const detailsKey = "grpc-status-details-bin";

/** An error as grpc-js takes it. */
export type RpcError = Pick<StatusObject, "code" | "details"> & Partial<Pick<StatusObject, "metadata">>;

/** What a refusal is on the wire. */
export function refusalError(refusal: Refusal): RpcError {
  const text = problemsOf(refusal).join("; ");
  switch (refusal.kind) {
    case "invalid-configuration":
      return invalidConfiguration(refusal.issues.filter(({ severity }) => severity === "error"));
    case "invalid-argument":
      return badField("INVALID_ARGUMENT", refusal.field, refusal.message, text);
    case "request-id-reused": {
      const remedy = `${text}: choose another id for another change`;
      return badField("REQUEST_ID_REUSED", "request_id", remedy, remedy);
    }
    case "revision-not-found":
      return rpcError(status.NOT_FOUND, text, info("REVISION_NOT_FOUND", { revision: String(refusal.revision) }));
    case "no-configuration":
      return rpcError(status.NOT_FOUND, text, info("NO_CONFIGURATION"));
    case "revision-mismatch":
      return unmet("REVISION_MISMATCH", "expected_revision", `${text}: read it again`, numbers(refusal));
    case "revision-lost":
      return rpcError(status.ABORTED, `${text}: read it again`, info("REVISION_LOST", numbers(refusal)));
    case "plan-changed":
      return unmet("PLAN_CHANGED", "plan_hash", `${text}: review it again`, { ...refusal, kind: "plan" });
    case "kernel-refused":
      return kernelRefused(refusal.failures, text);
    case "child-unavailable":
      return retryLater("CHILD_UNAVAILABLE", `${text}: nothing was changed, try again`, 1000, { phase: refusal.phase });
    case "store-failed":
      return refusal.full
        ? retryLater("STORE_FULL", text, 10_000, {}, status.RESOURCE_EXHAUSTED)
        : retryLater("STORE_UNAVAILABLE", text, 10_000);
    case "rollback-failed":
      return rpcError(
        status.INTERNAL,
        text,
        info("ROLLBACK_FAILED", { cause: refusal.cause }),
        ...preconditions("ROLLBACK_FAILED", refusal.failures.map(failureViolation)),
      );
    case "confirmation-pending":
      return confirmationPending(refusal.confirmation, text);
    case "confirmation-ended": {
      const { id, revision, outcome } = refusal.confirmation;
      const metadata = { id, revision: String(revision), outcome };
      return unmet("CONFIRMATION_ENDED", "id", text, metadata);
    }
    case "confirmation-not-found":
      return rpcError(status.NOT_FOUND, text, info("CONFIRMATION_NOT_FOUND", { id: refusal.id }));
    case "confirmation-id-reused": {
      const remedy = `${text}: choose another one`;
      return badField("CONFIRMATION_ID_REUSED", "confirmation.id", remedy, remedy);
    }
    case "not-permitted": {
      const { caller, call, right } = refusal;
      return rpcError(status.PERMISSION_DENIED, text, info("NOT_PERMITTED", { caller, call, right }));
    }
    case "outside-scope":
      return rpcError(
        status.PERMISSION_DENIED,
        text,
        info("OUTSIDE_SCOPE", { fields: refusal.fields.slice(0, 5).join(", ") }),
      );
    case "file-not-permitted": {
      const fields = refusal.files.slice(0, 5).map(({ path }) => path);
      return rpcError(status.PERMISSION_DENIED, text, info("FILE_NOT_PERMITTED", { fields: fields.join(", ") }));
    }
    case "limit-exceeded":
      return retryLater("LIMIT_EXCEEDED", text, refusal.retryMs, { limit: refusal.limit }, status.RESOURCE_EXHAUSTED);
    case "certificate-refused":
      return unmet(refusal.reason, "certificate", text, {});
    case "object-not-found":
      return rpcError(status.NOT_FOUND, text, info("OBJECT_NOT_FOUND", { object: refusal.object }));
    case "stale-controller": {
      const { role, epoch, current } = refusal;
      const metadata = { role, epoch: String(epoch), current: String(current) };
      return rpcError(status.PERMISSION_DENIED, text, info("STALE_CONTROLLER_EPOCH", metadata));
    }
    case "configuration-prepared": {
      const expiry = new Date(refusal.expiresAt).toISOString();
      return unmet("CONFIGURATION_PREPARED", "prepared_token", `${text}: apply or abort it first`, { expiry });
    }
    case "preparation-not-found":
      return rpcError(status.NOT_FOUND, text, info("PREPARATION_NOT_FOUND"));
    case "upload-not-found":
      return rpcError(status.NOT_FOUND, text, info("UPLOAD_NOT_FOUND", { upload_id: refusal.id }));
    case "guard-exceeded":
      return guardExceeded(refusal.exceeded, text);
    case "stopping":
      return retryLater("STOPPING", text, 5000);
  }
}

/** A fault of ours, told with the reference under which the log has it. */
export function internalError(reference: string): RpcError {
  const text = `the agent failed; its log has the cause under reference ${reference}`;
  const request = any(
    "google.rpc.RequestInfo",
    RequestInfo.encode(RequestInfo.create({ requestId: reference })).finish(),
  );
  return rpcError(status.INTERNAL, text, info("INTERNAL", { reference }), request);
}

/** The end of a watch whose client read too slowly. */
export function overflowError(sequence: number): RpcError {
  const text = `the client read too slowly; resume after ${sequence}`;
  return rpcError(status.OUT_OF_RANGE, text, info("OVERFLOW", { sequence: String(sequence) }));
}

function invalidConfiguration(issues: readonly Issue[]): RpcError {
  const count = `${issues.length} ${issues.length === 1 ? "problem" : "problems"}`;
  const violations = issues.map(fieldViolation);
  const { shown, omitted } = fitting(violations, ({ field, description }) => field.length + description.length);
  const first = violations.slice(0, 3).map(({ field, description }) => `${field}: ${description}`);
  const rest = omitted === 0 ? "" : `; ValidateConfig answers the ${omitted} that do not fit here`;
  return rpcError(
    status.INVALID_ARGUMENT,
    `the configuration has ${count}: ${first.join("; ")}${violations.length > 3 ? "; …" : ""}${rest}`,
    info("INVALID_CONFIGURATION", { problems: String(issues.length), ...omission(omitted) }),
    any("google.rpc.BadRequest", BadRequest.encode({ fieldViolations: [...shown] }).finish()),
  );
}

function fieldViolation({ path = "", message, expected, suggestion }: Issue): BadRequest_FieldViolation {
  const remedies = [expected && `expected ${expected}`, suggestion && `did you mean ${suggestion}`];
  const description = [message, ...remedies.filter((remedy) => remedy !== undefined)].join("; ");
  return { field: path, description, reason: "INVALID_CONFIGURATION", localizedMessage: undefined };
}

function badField(reason: string, field: string, description: string, text: string): RpcError {
  const violation = { field, description, reason, localizedMessage: undefined };
  const details = any("google.rpc.BadRequest", BadRequest.encode({ fieldViolations: [violation] }).finish());
  return rpcError(status.INVALID_ARGUMENT, text, info(reason), details);
}

function unmet(
  type: string,
  subject: string,
  description: string,
  metadata: Readonly<Record<string, string>>,
): RpcError {
  const details = preconditions(type, [{ type, subject, description }]);
  return rpcError(status.FAILED_PRECONDITION, description, info(type, metadata), ...details);
}

function confirmationPending({ id, revision, deadline, gate }: Confirmation, text: string): RpcError {
  const until = deadline ?? gate?.until;
  const metadata = {
    id,
    revision: String(revision),
    ...(until !== undefined && { deadline: new Date(until).toISOString() }),
  };
  return unmet("CONFIRMATION_PENDING", "confirmation", `${text}: confirm or cancel it first`, metadata);
}

function guardExceeded(exceeded: readonly GuardExceeded[], text: string): RpcError {
  const guards = [...new Set(exceeded.map(({ guard }) => guard))].join(", ");
  const remedy = "if that is meant, override the guard with a reason";
  return rpcError(
    status.FAILED_PRECONDITION,
    `nothing was changed: ${text}: ${remedy} (${guards})`,
    info("GUARD_EXCEEDED", { guards }),
    ...preconditions(
      "GUARD_EXCEEDED",
      exceeded.map(({ guard, subject, description }) => ({
        type: "GUARD_EXCEEDED",
        subject: `${guard}: ${subject}`,
        description,
      })),
    ),
  );
}

function kernelRefused(failures: readonly StepFailure[], text: string): RpcError {
  const first = failures[0];
  const metadata: Record<string, string> =
    first === undefined
      ? {}
      : { phase: first.phase, operation: first.operation, object: first.object, errno: first.cause.code };
  if (first?.cause.text !== undefined) metadata.text = first.cause.text;
  const { omitted } = fitting(failures.map(failureViolation), violationSize);
  const details = preconditions("KERNEL_REFUSED", failures.map(failureViolation));
  return rpcError(
    status.FAILED_PRECONDITION,
    `nothing was changed: ${text}`,
    info("KERNEL_REFUSED", { ...metadata, ...omission(omitted) }),
    ...details,
  );
}

function failureViolation(failure: StepFailure): PreconditionFailure_Violation {
  return { type: "KERNEL_REFUSED", subject: failure.object, description: describeFailure(failure) };
}

function preconditions(type: string, violations: readonly PreconditionFailure_Violation[]): readonly Any[] {
  const { shown } = fitting(violations, violationSize);
  const typed = shown.map((violation) => ({ ...violation, type }));
  return [any("google.rpc.PreconditionFailure", PreconditionFailure.encode({ violations: typed }).finish())];
}

function violationSize({ subject, description }: PreconditionFailure_Violation): number {
  return subject.length + description.length;
}

function retryLater(
  reason: string,
  text: string,
  delayMs: number,
  metadata: Readonly<Record<string, string>> = {},
  code: status = status.UNAVAILABLE,
): RpcError {
  const retry = any("google.rpc.RetryInfo", RetryInfo.encode({ retryDelay: durationOf(delayMs) }).finish());
  return rpcError(code, text, info(reason, metadata), retry);
}

function rpcError(code: status, text: string, ...details: readonly Any[]): RpcError {
  const message = clipped(text);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(Status.encode({ code, message, details: [...details] }).finish()));
  return { code, details: message, metadata };
}

function info(reason: string, metadata: Readonly<Record<string, string>> = {}): Any {
  const clippedMetadata = Object.entries(metadata).map(([key, value]) => [key, clipped(value)]);
  const value = { reason, domain: errorDomain, metadata: Object.fromEntries(clippedMetadata) };
  return any("google.rpc.ErrorInfo", ErrorInfo.encode(value).finish());
}

function any(type: string, value: Uint8Array): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(value) };
}

function numbers({ expected, actual }: { readonly expected: number; readonly actual: number }) {
  return { expected: String(expected), actual: String(actual) };
}

/** Bytes of violations in one error. Trailers above 8 KiB are refused by common gRPC clients, and base64 adds a third. */
const violationBytes = 3600;

/** Characters of one text in an error; the details have the rest. */
const longestText = 500;

function clipped(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;
}

/** As many items as fit into a trailer, at least one. */
function fitting<T>(items: readonly T[], size: (item: T) => number) {
  const overhead = 32;
  let used = 0;
  const shown = items.filter((item, index) => {
    used += size(item) + overhead;
    return index === 0 || used <= violationBytes;
  });
  return { shown, omitted: items.length - shown.length };
}

function omission(omitted: number): Readonly<Record<string, string>> {
  return omitted === 0 ? {} : { omitted: String(omitted) };
}

// Plans, revisions and applied changes: between the domain and the wire.

import { fail, ok, type Result } from "../../base/result.ts";
import { type DifferingPlace, type Difference as DomainDifference, differenceAt } from "../../config/diff.ts";
import type { Issue } from "../../config/issue.ts";
import { type IpvsOperation as DomainOperation, destinationKeyText, serviceKeyText } from "../../kernel/ipvs.ts";
import { totalOf } from "../../supervisor/planned-operations.ts";
import { authorOf } from "../access/caller.ts";
import type { Admitted } from "../access/door.ts";
import type { SettlementWish } from "../changes.ts";
import {
  type ApplyConfigRequest,
  type ApplyConfigResponse,
  ConfigDifference,
  ConfigDifference_Change,
  type ConfigIssue,
  ConfigIssue_Severity,
  type ConfirmConfigRequest,
  type Controller,
  type DrainRemoved,
  type GetConfigResponse,
  IpvsOperation,
  IpvsOperation_Kind,
  type PlanConfigResponse,
  type Revision,
  Revision_Result,
  type ValidateConfigResponse,
  VrrpEffect,
  VrrpEffect_Change,
} from "../gen/vipward/v1/config_service.pb.ts";
import type { Uploads } from "../uploads.ts";
import type { Applied, VrrpEffect as DomainEffect, Plan, Validation } from "../words/outcome.ts";
import type { Refusal } from "../words/refusal.ts";
import type { ApplyRequest, ControllerClaim, DocumentWish } from "../words/request.ts";
import type { Revision as DomainRevision, StoredConfiguration } from "../words/revision.ts";
import { publicConfigOf } from "./config.ts";
import { confirmationOf, confirmationWishOf, gateWishOf, guardWishOf, withOverrides } from "./confirmation.ts";
import { documentWishOf } from "./document-wish.ts";
import { vrrpStateOf } from "./event.ts";
import { fitting, messageBytes } from "./fitting.ts";
import { destinationSettings, serviceSettings } from "./ipvsadm-options.ts";
import { durationMs, durationOf, optionalDuration, timeOf } from "./time.ts";

/** A wish to apply, from the wire. The configuration of one that was prepared is known already. */
export function applyRequestOf(
  request: ApplyConfigRequest,
  uploads: Uploads,
  admitted: Admitted,
): Result<ApplyRequest, Refusal> {
  const { requestId, preparedToken } = request;
  const wish = preparedToken === "" ? documentWishOf(request, uploads) : ok<DocumentWish>({ document: undefined });
  if (!wish.ok) return wish;
  const conditions = changeConditionsOf(request, admitted);
  if (!conditions.ok) return conditions;
  return ok({
    ...wish.value,
    ...conditions.value,
    ...(preparedToken !== "" && { preparedToken }),
    ...(requestId !== "" && { requestId }),
    source: { kind: "api" },
  });
}

const [leastDrain, mostDrain] = [1000, 30 * 86_400_000];

function drainWishOf({ deadline, floor }: DrainRemoved): Result<NonNullable<ApplyRequest["drainRemoved"]>, Refusal> {
  const forMs = deadline === undefined ? 0 : durationMs(deadline);
  if (forMs >= leastDrain && forMs <= mostDrain) return ok({ forMs, floor });
  const message = `${forMs / 1000} s is not allowed, expected 1 s to 30 days`;
  return fail({ kind: "invalid-argument", field: "drain_removed.deadline", message });
}

/** Under which conditions a change is asked for, and how it may go back. */
export function changeConditionsOf(
  request: Pick<
    ApplyConfigRequest,
    | "expectedRevision"
    | "planHash"
    | "reason"
    | "validateOnly"
    | "author"
    | "confirmation"
    | "healthGate"
    | "guards"
    | "controller"
    | "drainRemoved"
  >,
  { caller, scope, files }: Admitted,
): Result<Omit<ApplyRequest, "document" | "source">, Refusal> {
  const { expectedRevision, planHash, reason, validateOnly, author } = request;
  const confirmation = request.confirmation && confirmationWishOf(request.confirmation);
  const gate = request.healthGate && gateWishOf(request.healthGate);
  const guards = request.guards && guardWishOf(request.guards);
  const drain = request.drainRemoved && drainWishOf(request.drainRemoved);
  for (const wish of [confirmation, gate, guards, drain]) if (wish !== undefined && !wish.ok) return wish;
  return ok({
    ...(expectedRevision !== undefined && { expectedRevision: Number(expectedRevision) }),
    ...(planHash !== "" && { planHash }),
    ...(confirmation?.ok && { confirmation: confirmation.value }),
    ...(gate?.ok && { gate: gate.value }),
    ...(guards?.ok && { guards: guards.value }),
    ...(drain?.ok && { drainRemoved: drain.value }),
    ...(request.controller !== undefined && { controller: controllerOf(request.controller) }),
    reason: withOverrides(reason, guards?.ok ? guards.value : undefined),
    author: authorOf(caller, author),
    ...(scope !== undefined && { scope }),
    ...(files !== undefined && { files }),
    ...(caller.kind === "certificate" && caller.localAddress !== undefined && { localAddress: caller.localAddress }),
    validateOnly,
  });
}

/** A wish about a change that waits to be confirmed. */
export function settlementWishOf(
  request: ConfirmConfigRequest & { readonly reason?: string },
  { caller, scope }: Admitted,
): SettlementWish {
  const { id, author, reason, controller } = request;
  return {
    id,
    author: authorOf(caller, author),
    ...(scope !== undefined && { scope }),
    ...(reason !== undefined && { reason }),
    ...(controller !== undefined && { controller: controllerOf(controller) }),
  };
}

/** Which controller asks. */
export function controllerOf({ role, epoch }: Controller): ControllerClaim {
  return { role, epoch: Number(epoch) };
}

/** A configuration on the wire, without its secrets. */
export function getConfigResponseOf({ revision, settings }: StoredConfiguration): GetConfigResponse {
  return { revision: revisionOf(revision), config: publicConfigOf(settings) };
}

export function validateConfigResponseOf({ issues, hash }: Validation): ValidateConfigResponse {
  return { valid: hash !== undefined, issues: issues.map(issueOf), hash: hash ?? "" };
}

export function planConfigResponseOf(plan: Plan): PlanConfigResponse {
  const effects = fitting(plan.vrrpEffects, effectOf, VrrpEffect);
  const shown = (place: DifferingPlace) => differenceOf(differenceAt(place));
  const differences = fitting(plan.differences, shown, ConfigDifference, messageBytes - effects.used);
  const room = messageBytes - effects.used - differences.used;
  const operations = fitting(plan.planned.first, operationOf, IpvsOperation, room);
  const left = totalOf(plan.planned) - operations.shown.length;
  return {
    baseRevision: BigInt(plan.baseRevision),
    planHash: plan.hash,
    operations: operations.shown,
    differences: differences.shown,
    vrrpEffects: effects.shown,
    warnings: plan.warnings.map(issueOf),
    omitted: BigInt(effects.omitted + differences.omitted + left),
    operationCounts: plan.planned.counts,
    differenceCount: plan.differences.length,
    vrrpEffectCount: plan.vrrpEffects.length,
    checkerChanges: plan.checkers,
    cutConnections: BigInt(plan.planned.cutConnections ?? 0),
  };
}

export function applyConfigResponseOf(applied: Applied): ApplyConfigResponse {
  return {
    revision: applied.revision && revisionOf(applied.revision),
    phases: applied.phases.map(({ name, durationMs }) => ({ name, duration: durationOf(durationMs) })),
    ipvsOperations: applied.operations,
    replayed: applied.replayed,
    unchanged: applied.unchanged,
    warnings: applied.warnings.map(issueOf),
    confirmation: applied.confirmation && confirmationOf(applied.confirmation),
    draining: [...(applied.draining ?? [])],
  };
}

const results: Readonly<Record<DomainRevision["result"], Revision_Result>> = {
  pending: Revision_Result.RESULT_PENDING,
  applied: Revision_Result.RESULT_APPLIED,
  failed: Revision_Result.RESULT_FAILED,
};

/** A revision on the wire. */
export function revisionOf(revision: DomainRevision): Revision {
  const { number, hash, author, reason, source, createdAt, result, failure = "" } = revision;
  return {
    number: BigInt(number),
    hash,
    author,
    reason,
    source: source.kind === "file" ? source.path : "api",
    createTime: timeOf(createdAt),
    result: results[result],
    failure,
    duration: optionalDuration(revision.durationMs),
    previousRevision: BigInt(revision.previous?.number ?? 0),
    previousHash: revision.previous?.hash ?? "",
  };
}

function issueOf({ severity, path = "", message, expected = "", suggestion = "" }: Issue): ConfigIssue {
  const error = severity === "error";
  return {
    severity: error ? ConfigIssue_Severity.SEVERITY_ERROR : ConfigIssue_Severity.SEVERITY_WARNING,
    field: path,
    message,
    expected,
    suggestion,
  };
}

const operationKinds: Readonly<Record<DomainOperation["kind"], IpvsOperation_Kind>> = {
  "add-service": IpvsOperation_Kind.KIND_ADD_SERVICE,
  "update-service": IpvsOperation_Kind.KIND_UPDATE_SERVICE,
  "remove-service": IpvsOperation_Kind.KIND_REMOVE_SERVICE,
  "add-destination": IpvsOperation_Kind.KIND_ADD_DESTINATION,
  "update-destination": IpvsOperation_Kind.KIND_UPDATE_DESTINATION,
  "remove-destination": IpvsOperation_Kind.KIND_REMOVE_DESTINATION,
};

/** One operation on the wire. */
export function operationOf(operation: DomainOperation): IpvsOperation {
  const kind = operationKinds[operation.kind];
  switch (operation.kind) {
    case "add-service":
    case "update-service": {
      const { service } = operation;
      return { kind, service: serviceKeyText(service.key), destination: "", settings: serviceSettings(service) };
    }
    case "remove-service":
      return { kind, service: serviceKeyText(operation.key), destination: "", settings: "" };
    default: {
      const { key, destination } = operation;
      const settings = operation.kind === "remove-destination" ? "" : destinationSettings(destination);
      return { kind, service: serviceKeyText(key), destination: destinationKeyText(destination), settings };
    }
  }
}

const differenceKinds: Readonly<Record<DomainDifference["kind"], ConfigDifference_Change>> = {
  added: ConfigDifference_Change.CHANGE_ADDED,
  removed: ConfigDifference_Change.CHANGE_REMOVED,
  changed: ConfigDifference_Change.CHANGE_CHANGED,
};

/** One difference on the wire. */
export function differenceOf({ path, kind, before, after }: DomainDifference): ConfigDifference {
  return { field: path, change: differenceKinds[kind], before: jsonOf(before), after: jsonOf(after) };
}

function jsonOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

const effectKinds: Readonly<Record<DomainEffect["change"], VrrpEffect_Change>> = {
  added: VrrpEffect_Change.CHANGE_ADDED,
  removed: VrrpEffect_Change.CHANGE_REMOVED,
  changed: VrrpEffect_Change.CHANGE_CHANGED,
  restarted: VrrpEffect_Change.CHANGE_RESTARTED,
};

function effectOf(effect: DomainEffect): VrrpEffect {
  return {
    instance: effect.instance,
    change: effectKinds[effect.change],
    state: vrrpStateOf(effect.state),
    expectedState: vrrpStateOf(effect.expectedState),
    addedAddresses: [...effect.addedAddresses],
    removedAddresses: [...effect.removedAddresses],
    explanation: effect.explanation,
  };
}

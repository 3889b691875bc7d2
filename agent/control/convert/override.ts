// Overrides: between the wire and the domain.

import { fail, ok, type Result } from "../../base/result.ts";
import type { Override, OverrideTarget, OverrideTerms, RealServerTarget } from "../gen/vipward/v1/override.pb.ts";
import type { Override as DomainOverride, OverrideTarget as DomainTarget } from "../overrides/override.ts";
import type { Refusal } from "../words/refusal.ts";
import { processRoleOf } from "./event.ts";
import { logLevelOf } from "./log-level.ts";
import { durationMs, timeOf } from "./time.ts";

/** How long an override holds: unless set, at least and at most. */
const [unset, least, most] = [3_600_000, 1000, 30 * 86_400_000];

/** Why and for how long, as they say. */
export function termsOf(
  terms: OverrideTerms | undefined,
): Result<{ readonly reason: string; readonly forMs: number; readonly said: string }, Refusal> {
  const forMs = terms?.duration === undefined ? unset : durationMs(terms.duration);
  if (forMs < least || forMs > most)
    return invalid("terms.duration", `${forMs / 1000} s is not allowed, expected 1 s to 30 days`);
  return ok({ reason: terms?.reason ?? "", forMs, said: terms?.author ?? "" });
}

/** What is to be drained or ended: a real server, a virtual server or the node. */
export function poolTargetOf(target: OverrideTarget | undefined): Result<DomainTarget, Refusal> {
  switch (target?.target?.$case) {
    case "realServer":
      return realServerTargetOf(target.target.value);
    case "virtualServer":
      return ok({ kind: "virtual-server", virtualServer: target.target.value });
    case "node":
      return ok({ kind: "node" });
    default:
      return invalid("target", "expected real_server, virtual_server or node");
  }
}

/** A real server of a virtual server. */
export function realServerTargetOf(target: RealServerTarget | undefined): Result<DomainTarget, Refusal> {
  if (target === undefined) return invalid("target", "is missing");
  const { virtualServer, realServer } = target;
  return ok({ kind: "real-server", virtualServer, realServer });
}

/** A number within its range, or the refusal of the field. */
export function numberWithin(field: string, value: number, from: number, to: number): Result<number, Refusal> {
  return value >= from && value <= to
    ? ok(value)
    : invalid(field, `${value} is not allowed, expected ${from} to ${to}`);
}

/** An override on the wire. */
export function overrideOf(override: DomainOverride): Override {
  const { id, target, effect, author, reason, createdAt, until } = override;
  return {
    ...{ id, author, reason, createTime: timeOf(createdAt), expireTime: timeOf(until) },
    target: { target: targetOf(target) },
    effect: effectOf(effect),
  };
}

function targetOf(target: DomainTarget): OverrideTarget["target"] {
  switch (target.kind) {
    case "vrrp-instance":
      return { $case: "vrrpInstance", value: target.instance };
    case "real-server": {
      const { virtualServer, realServer } = target;
      return { $case: "realServer", value: { virtualServer, realServer } };
    }
    case "virtual-server":
      return { $case: "virtualServer", value: target.virtualServer };
    case "node":
      return { $case: "node", value: {} };
    case "checker":
      return { $case: "checker", value: target.checker };
    case "process":
      return { $case: "process", value: processRoleOf(target.role) };
  }
}

function effectOf(effect: DomainOverride["effect"]): Override["effect"] {
  switch (effect.kind) {
    case "priority":
      return { $case: "priority", value: effect.priority };
    case "backup":
      return { $case: "backup", value: { releaseTime: timeOf(effect.releasedAt) } };
    case "weight":
      return { $case: "weight", value: effect.weight };
    case "leave":
      return { $case: "leave", value: { floor: effect.floor } };
    case "drain":
      return { $case: "drain", value: {} };
    case "pause":
      return { $case: "pause", value: {} };
    case "log-level":
      return { $case: "logLevel", value: logLevelOf(effect.level) };
  }
}

function invalid(field: string, message: string): Result<never, Refusal> {
  return fail({ kind: "invalid-argument", field, message });
}

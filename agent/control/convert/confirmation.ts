// Confirmed commits, health gates and guards: between the wire and the domain.

import { fail, ok, type Result } from "../../base/result.ts";
import type { ConfirmationWish, Confirmation as DomainConfirmation, GateWish } from "../confirmation/confirmation.ts";
import type { Duration } from "../gen/google/protobuf/duration.pb.ts";
import {
  type Confirmation,
  Confirmation_Outcome,
  type ConfirmationRequest,
  Guard,
  type GuardOverride,
  type Guards,
  type HealthGate,
} from "../gen/vipward/v1/confirmation.pb.ts";
import type { GuardName, GuardWish } from "../guards.ts";
import type { Refusal } from "../words/refusal.ts";
import { durationMs, timeOf } from "./time.ts";

/** A length of time that a request may leave out. */
interface Range {
  readonly field: string;
  readonly unset: number;
  readonly least: number;
  readonly most: number;
}

const timeoutRange: Range = { field: "confirmation.timeout", unset: 600_000, least: 1000, most: 86_400_000 };
const gateRange: Range = { field: "health_gate.duration", unset: 30_000, least: 1000, most: 3_600_000 };

/** How many characters an id may have. */
const longestId = 128;

/** A wish that a change goes back unless it is confirmed. */
export function confirmationWishOf({ id, timeout }: ConfirmationRequest): Result<ConfirmationWish, Refusal> {
  const timeoutMs = lengthOf(timeout, timeoutRange);
  if (!timeoutMs.ok) return timeoutMs;
  if (id.length === 0 || id.length > longestId)
    return invalid("confirmation.id", `${id.length} characters, expected 1 to ${longestId}`);
  return ok({ id, timeoutMs: timeoutMs.value });
}

/** A wish that a change goes back when the director fares worse by it. */
export function gateWishOf(gate: HealthGate): Result<GateWish, Refusal> {
  const duration = lengthOf(gate.duration, gateRange);
  if (!duration.ok) return duration;
  const { maxFailedRealServers, ignoreQuorum, ignoreMastership } = gate;
  return ok({ durationMs: duration.value, maxFailedRealServers, ignoreQuorum, ignoreMastership });
}

const guards: ReadonlyMap<Guard, GuardName> = new Map([
  [Guard.GUARD_MAX_REMOVED_VIRTUAL_ADDRESSES, "max_removed_virtual_addresses"],
  [Guard.GUARD_MAX_REMOVED_VIRTUAL_SERVERS, "max_removed_virtual_servers"],
  [Guard.GUARD_LAST_HEALTHY_REAL_SERVER, "last_healthy_real_server"],
  [Guard.GUARD_CONNECTION_ADDRESS, "connection_address"],
]);

/** A guard by its name, for the command line. */
export function guardNamed(name: string): Guard | undefined {
  return [...guards].find(([, known]) => known === name)?.[0];
}

/** What a caller says of guards. */
export function guardWishOf(wish: Guards): Result<GuardWish, Refusal> {
  const overrides = wish.overrides.map((override, index) => overrideOf(override, index));
  const refused = overrides.find((override) => !override.ok);
  if (refused !== undefined && !refused.ok) return refused;
  const { maxRemovedVirtualAddresses, maxRemovedVirtualServers } = wish;
  return ok({
    ...(maxRemovedVirtualAddresses !== undefined && { maxRemovedVirtualAddresses }),
    ...(maxRemovedVirtualServers !== undefined && { maxRemovedVirtualServers }),
    overrides: overrides.flatMap((override) => (override.ok ? [override.value] : [])),
  });
}

function overrideOf({ guard, reason }: GuardOverride, index: number): Result<GuardWish["overrides"][number], Refusal> {
  const name = guards.get(guard);
  if (name === undefined) return invalid(`guards.overrides[${index}].guard`, "expected a guard that this agent has");
  if (reason === "") return invalid(`guards.overrides[${index}].reason`, "expected why the guard should not hold");
  return ok({ guard: name, reason });
}

/** The reasons of overrides, for the history. */
export function withOverrides(reason: string, wish: GuardWish | undefined): string {
  const overridden = (wish?.overrides ?? []).map((override) => `${override.guard} overridden: ${override.reason}`);
  return [...(reason === "" ? [] : [reason]), ...overridden].join("; ");
}

const outcomes: Readonly<Record<DomainConfirmation["outcome"], Confirmation_Outcome>> = {
  pending: Confirmation_Outcome.OUTCOME_PENDING,
  confirmed: Confirmation_Outcome.OUTCOME_CONFIRMED,
  "gate-passed": Confirmation_Outcome.OUTCOME_GATE_PASSED,
  cancelled: Confirmation_Outcome.OUTCOME_CANCELLED,
  expired: Confirmation_Outcome.OUTCOME_EXPIRED,
  "gate-failed": Confirmation_Outcome.OUTCOME_GATE_FAILED,
};

/** A confirmed commit on the wire. */
export function confirmationOf(confirmation: DomainConfirmation): Confirmation {
  const { id, revision, baseRevision, author, deadline, gate, outcome } = confirmation;
  return {
    id,
    revision: BigInt(revision),
    baseRevision: BigInt(baseRevision),
    author,
    deadline: deadline === undefined ? undefined : timeOf(deadline),
    gateEnd: gate === undefined ? undefined : timeOf(gate.until),
    outcome: outcomes[outcome],
  };
}

function lengthOf(duration: Duration | undefined, { field, unset, least, most }: Range): Result<number, Refusal> {
  const ms = duration === undefined ? unset : durationMs(duration);
  if (ms >= least && ms <= most) return ok(ms);
  return invalid(field, `${ms / 1000} s is not allowed, expected ${least / 1000} s to ${most / 1000} s`);
}

function invalid(field: string, message: string): { readonly ok: false; readonly error: Refusal } {
  return fail({ kind: "invalid-argument", field, message });
}

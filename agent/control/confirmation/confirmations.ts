// Confirmed commits as they go on: one at a time, with its deadline and its gate on disk, so that a restart changes nothing about when it
// goes back. Going back is a change like any other: a new revision with the content of before.

import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { NumberedEvent, ReportEvent } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { InstanceView } from "../../vrrp/view.ts";
import { emptyConfiguration } from "../candidate.ts";
import { problemsOf, Refused } from "../refused.ts";
import type { RevisionContent } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Applied } from "../words/outcome.ts";
import type { Refusal } from "../words/refusal.ts";
import type { ApplyRequest } from "../words/request.ts";
import type { Confirmation, ConfirmationOutcome, Gate, GateWish, NewConfirmation, Settlement } from "./confirmation.ts";
import { emptyRecord, type GateRecord, judge } from "./health-gate.ts";

/** What confirmed commits need. */
export interface ConfirmationOptions {
  readonly store: Pick<
    Store,
    "pendingConfirmation" | "confirmation" | "settleConfirmation" | "insertApplied" | "revision"
  >;
  readonly journal: Pick<Journal, "onEvent" | "since" | "sequence">;
  /** Applies the content of a revision as a new one. */
  readonly rollBack: (revision: number, request: RollBackRequest) => Promise<Result<Applied, Refusal>>;
  /** Runs an action when no change is going on. */
  readonly inTurn: <T>(action: () => Promise<T>) => Promise<T>;
  readonly instances: () => readonly InstanceView[];
  readonly report: ReportEvent;
  readonly log: Log;
  readonly clock: Clock;
  /** Called after one began or ended. */
  readonly onChange: () => void;
}

/** What is asked for when a revision's content is applied again. */
export type RollBackRequest = Pick<ApplyRequest, "author" | "reason" | "settles">;

/** The longest time between two looks at the clock while something is pending: wall clocks jump, and machines sleep. */
const lookMs = 1000;

/** How long after a rollback that was refused it is tried again. */
const retryMs = 5000;

/** The confirmed commit that is going on, if any. */
export class Confirmations {
  readonly #options: ConfirmationOptions;
  #pending: Confirmation | undefined;
  #record: GateRecord = emptyRecord;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isGoingBack = false;

  constructor(options: ConfirmationOptions) {
    this.#options = options;
    options.journal.onEvent((entry) => this.#observe(entry));
  }

  /** The commit that waits to be confirmed. */
  get pending(): Confirmation | undefined {
    return this.#pending;
  }

  /** Takes up what a process before has left. What was due while nobody ran goes back on disk, before anything is given to the children. */
  begin(): void {
    const { store, clock } = this.#options;
    const pending = store.pendingConfirmation();
    if (pending?.deadline !== undefined && clock.wall() >= pending.deadline) this.#goBackOnDisk(pending);
    else this.applied(pending);
  }

  /** What a change needs before it may begin, and what is written with its success. Throws Refused. */
  permit(request: ApplyRequest, baseRevision: number): NewConfirmation | undefined {
    const pending = this.#pending;
    if (pending !== undefined && request.settles?.id !== pending.id)
      throw new Refused({ kind: "confirmation-pending", confirmation: pending });
    if (request.settles !== undefined && pending === undefined)
      throw new Refused({ kind: "confirmation-not-found", id: request.settles.id });
    if (request.confirmation === undefined && request.gate === undefined) return undefined;
    return this.#newConfirmation(request, baseRevision);
  }

  /** A change was written: with this confirmation, or as the end of the one before. */
  applied(pending: Confirmation | undefined): void {
    this.#pending = pending;
    this.#record = emptyRecord;
    if (pending?.gate !== undefined)
      for (const entry of this.#options.journal.since(pending.gate.sequence).events) this.#observe(entry);
    this.#arm();
    this.#options.onChange();
  }

  /** Lets a pending change stay. Once more for one that stays already is no mistake: the answer before may have been lost. */
  confirm(id: string, author: string): Promise<Result<Confirmation, Refusal>> {
    return this.#options.inTurn(async () => {
      const found = this.#found(id);
      if (!found.ok || stays(found.value.outcome)) return found;
      const { deadline } = found.value;
      if (deadline !== undefined && this.#options.clock.wall() >= deadline)
        return fail({ kind: "confirmation-ended", confirmation: { ...found.value, outcome: "expired" } });
      this.#settle({ id, outcome: "confirmed" });
      this.#options.report({ kind: "config-confirmed", revision: found.value.revision, author, id });
      return ok({ ...found.value, outcome: "confirmed" as const });
    });
  }

  /** Takes a pending change back now. */
  async cancel(id: string, author: string, reason: string): Promise<Result<Applied, Refusal>> {
    const found = this.#found(id);
    if (!found.ok) return found;
    if (stays(found.value.outcome)) return fail({ kind: "confirmation-ended", confirmation: found.value });
    return this.#goBack(found.value, author, "cancelled", reason === "" ? "cancelled" : reason);
  }

  /** Looks whether the pending change is due. A timer calls it; calling it more often does no harm. */
  async look(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined || this.#isGoingBack) return;
    const due = this.#due(pending);
    if (due === undefined) return this.#arm();
    if (due.outcome === "gate-passed") return this.#passGate(pending);
    const done = await this.#goBack(pending, "vipward", due.outcome, due.reason);
    if (!done.ok) this.#tryAgain(pending, done.error);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #due({ deadline, gate }: Confirmation): (Omit<Settlement, "id"> & { readonly reason: string }) | undefined {
    const now = this.#options.clock.wall();
    const { objection } = this.#record;
    if (gate !== undefined && objection !== undefined) return { outcome: "gate-failed", reason: objection };
    if (deadline !== undefined && now >= deadline)
      return { outcome: "expired", reason: "it was not confirmed in time" };
    if (deadline === undefined && gate !== undefined && now >= gate.until)
      return { outcome: "gate-passed", reason: "" };
    return undefined;
  }

  #passGate(pending: Confirmation): void {
    this.#settle({ id: pending.id, outcome: "gate-passed" });
    this.#options.report({ kind: "config-confirmed", revision: pending.revision, author: "vipward", id: pending.id });
  }

  #observe({ at, event }: NumberedEvent): void {
    const gate = this.#pending?.gate;
    if (gate === undefined || at > gate.until) return;
    this.#record = judge(gate, this.#record, event);
    // Not at once: the event is still being told to others.
    if (this.#record.objection !== undefined) this.#arm(0);
  }

  async #goBack(
    { id, revision, baseRevision }: Confirmation,
    author: string,
    outcome: Settlement["outcome"],
    reason: string,
  ): Promise<Result<Applied, Refusal>> {
    this.#isGoingBack = true;
    try {
      const request = { author, reason: goesBack(revision, reason), settles: { id, outcome } };
      const done = await this.#options.rollBack(baseRevision, request);
      if (done.ok) this.#reportRolledBack(done.value.revision?.number ?? 0, revision, baseRevision, author, reason);
      return done;
    } finally {
      this.#isGoingBack = false;
    }
  }

  #goBackOnDisk(pending: Confirmation): void {
    const { id, revision, baseRevision } = pending;
    const { store, clock, log } = this.#options;
    const content = this.#contentOf(baseRevision);
    if (content === undefined)
      return log.error("not-rolled-back", { revision, to: baseRevision, problem: "it is lost" });
    const [author, why, createdAt] = ["vipward", "it was not confirmed in time", clock.wall()] as const;
    const reason = goesBack(revision, why);
    const settles: Settlement = { id, outcome: "expired" };
    const source = { kind: "api" } as const;
    const made = store.insertApplied({ author, reason, source, createdAt }, content, {
      source,
      at: createdAt,
      settles,
    });
    this.#reportRolledBack(made.number, revision, baseRevision, author, why);
  }

  #contentOf(revision: number): RevisionContent | undefined {
    if (revision === 0) return emptyConfiguration().content;
    const stored = this.#options.store.revision(revision);
    return stored && { hash: stored.revision.hash, document: stored.document };
  }

  #reportRolledBack(revision: number, from: number, to: number, author: string, reason: string): void {
    this.#options.report({ kind: "config-rolled-back", revision, from, to, author, reason });
  }

  #tryAgain(pending: Confirmation, refusal: Refusal): void {
    const problem = problemsOf(refusal).join("; ");
    this.#options.log.error("not-rolled-back", { revision: pending.revision, to: pending.baseRevision, problem });
    this.#arm(retryMs);
  }

  #settle(settlement: Settlement): void {
    this.#options.store.settleConfirmation(settlement);
    this.applied(undefined);
  }

  #found(id: string): Result<Confirmation, Refusal> {
    const found = this.#options.store.confirmation(id);
    if (found === undefined) return fail({ kind: "confirmation-not-found", id });
    if (found.outcome === "pending" || stays(found.outcome)) return ok(found);
    return fail({ kind: "confirmation-ended", confirmation: found });
  }

  #newConfirmation({ confirmation, gate, author }: ApplyRequest, baseRevision: number): NewConfirmation {
    const now = this.#options.clock.wall();
    const id = confirmation?.id ?? `gate-${randomUUID()}`;
    if (this.#options.store.confirmation(id) !== undefined) throw new Refused({ kind: "confirmation-id-reused", id });
    return {
      id,
      baseRevision,
      author,
      startedAt: now,
      ...(confirmation !== undefined && { deadline: now + confirmation.timeoutMs }),
      ...(gate !== undefined && { gate: this.#gateOf(gate, now) }),
    };
  }

  #gateOf(wish: GateWish, now: number): Gate {
    const { instances, journal } = this.#options;
    const names = (isMaster: boolean) =>
      instances()
        .filter(({ state }) => (state === "master") === isMaster)
        .map(({ name }) => name);
    const until = now + wish.durationMs;
    return { ...wish, until, sequence: journal.sequence, masters: names(true), others: names(false) };
  }

  #arm(delayMs?: number): void {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    if (pending === undefined) return;
    const due = pending.deadline ?? pending.gate?.until ?? 0;
    const delay = delayMs ?? Math.min(lookMs, Math.max(0, due - this.#options.clock.wall()));
    this.#timer = setTimeout(() => void this.look(), delay);
  }
}

function goesBack(revision: number, why: string): string {
  return `revision ${revision} goes back: ${why}`;
}

function stays(outcome: ConfirmationOutcome): boolean {
  return outcome === "confirmed" || outcome === "gate-passed";
}

// Transactions: the one way in which a configuration becomes the running one. Validate, look at the preconditions, plan, write the
// revision, give it to the checkers, then to vrrp, and say so on disk; when a step fails, put the configuration before back everywhere.
// One at a time, in the order in which they came. Where putting back fails, it is tried again until it succeeds: the children and the
// store never differ for good.

import type { Clock } from "../base/clock.ts";
import { describeFailure, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { diffSettings } from "../config/diff.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import type { Model } from "../config/model.ts";
import type { Settings } from "../config/schema/settings.ts";
import { validateSettings } from "../config/validate.ts";
import type { ReportEvent } from "../events/event.ts";
import type { IpvsOperation } from "../kernel/ipvs.ts";
import type { InstanceView } from "../vrrp/view.ts";
import { BothChildren, type How, inPhase, type Role } from "./both-children.ts";
import { type Content, contentOf, fingerprintOf, planHash } from "./content.ts";
import type {
  Applied,
  ApplyRequest,
  Plan,
  Refusal,
  Revision,
  StepFailure,
  StoredConfiguration,
  Validation,
} from "./domain.ts";
import { keepPasswords } from "./kept-passwords.ts";
import { countOperations } from "./operation-counts.ts";
import { PhaseTimes } from "./phase-times.ts";
import type { CheckersPort, RevisionStore, VrrpPort } from "./ports.ts";
import { problemsOf, Refused, reached, refusalOf } from "./refused.ts";
import type { Commit } from "./store/store.ts";
import { vrrpEffects } from "./vrrp-effects.ts";

/** What transactions need. */
export interface TransactionOptions {
  readonly store: RevisionStore;
  readonly checkers: CheckersPort;
  readonly vrrp: VrrpPort;
  /** The instances as they are now, for the effects of a plan. */
  readonly instances: () => readonly InstanceView[];
  readonly report: ReportEvent;
  readonly log: Log;
  readonly clock: Clock;
  /** Waits before putting back is tried again. */
  readonly pause: (attempt: number) => Promise<void>;
  /** Called after the running configuration, or whether the children run it, changed. */
  readonly onChange: () => void;
}

/** A configuration in all its forms. */
export interface Configuration {
  readonly settings: Settings;
  readonly model: Model;
  readonly content: Content;
}

/** The configuration that runs. */
export interface Running extends Configuration {
  readonly revision: Revision;
}

interface Candidate extends Configuration {
  readonly warnings: readonly Issue[];
}

/** The agent's transactions. */
export class Transactions {
  readonly #options: TransactionOptions;
  readonly #children: BothChildren;
  #running: Running | undefined;
  #settled = true;
  #repairing = false;
  #closed = false;
  #complaints: ReadonlySet<string> = new Set();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#children = new BothChildren(options);
  }

  /** The configuration that runs; undefined when none was ever applied. */
  get running(): Running | undefined {
    return this.#running;
  }

  /** Whether both children run it, as far as control knows. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Reads the running configuration from the store. Errors mean that this build refuses what an earlier one had accepted; then none runs. */
  load(): readonly Issue[] {
    const stored = this.#options.store.running();
    if (stored === undefined) return [];
    const { settings, model, issues } = validateSettings(JSON.parse(stored.document));
    if (settings !== undefined && model !== undefined) {
      this.#running = { revision: stored.revision, settings, model, content: contentOf(settings) };
      this.#settled = false;
    }
    return issues;
  }

  /** Has both children run what `load` read, and returns what failed; that is tried again in the background. */
  async resume(): Promise<readonly StepFailure[]> {
    return this.#inTurn(async () => {
      if (this.#running === undefined) return [];
      const failures = await this.#giveRunning("adopt");
      if (failures.length > 0) this.repair();
      else this.#settle();
      return failures;
    });
  }

  /** Every problem of a document. */
  validate(document: unknown): Validation {
    const { settings, issues } = validateSettings(keepPasswords(document, this.#running?.settings));
    return { issues, ...(settings !== undefined && { hash: contentOf(settings).hash }) };
  }

  /** The running configuration or that of a revision. */
  configuration(number: number | undefined): Result<StoredConfiguration, Refusal> {
    if (number === undefined)
      return this.#running === undefined ? fail({ kind: "no-configuration" }) : ok(this.#running);
    const stored = this.#options.store.revision(number);
    const settings = stored && validateSettings(JSON.parse(stored.document)).settings;
    if (stored === undefined || settings === undefined) return fail({ kind: "revision-not-found", revision: number });
    return ok({ revision: stored.revision, settings });
  }

  /** What applying a document would do now. */
  async plan(document: unknown): Promise<Result<Plan, Refusal>> {
    return this.#refusals(async () => {
      const running = this.#running;
      const candidate = this.#candidate(document);
      const operations = await this.#planOperations(candidate);
      const before = running ?? this.#empty();
      return ok({
        baseRevision: running?.revision.number ?? 0,
        hash: planHash(running?.revision.number, candidate.content, operations),
        operations,
        differences: diffSettings(before.settings, candidate.settings),
        vrrpEffects: vrrpEffects(before.model.vrrp, candidate.model.vrrp, this.#options.instances()),
        warnings: candidate.warnings,
      });
    });
  }

  /** Replaces the whole configuration, or changes nothing. Resolves after the kernel acknowledged and the revision is on disk. */
  async apply(request: ApplyRequest): Promise<Result<Applied, Refusal>> {
    const seen = this.#running?.revision.number ?? 0;
    const result = await this.#inTurn(() => this.#refusals(() => this.#carryOut(request, seen)));
    if (!result.ok)
      this.#options.report({ kind: "config-rejected", author: request.author, problems: problemsOf(result.error) });
    return result;
  }

  /** Refuses further changes and resolves when the one that is going on has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
  }

  async #carryOut(request: ApplyRequest, seen: number): Promise<Result<Applied, Refusal>> {
    if (this.#closed) return fail({ kind: "stopping" });
    if ((request.requestId?.length ?? 0) > longestRequestId) return fail(requestIdTooLong(request.requestId ?? ""));
    const times = new PhaseTimes(this.#options.clock);
    const fingerprint = request.requestId === undefined ? "" : fingerprintOf(request);
    const replay = this.#replay(request, fingerprint);
    if (replay !== undefined) return replay;
    const candidate = times.measure("validate", () => this.#candidate(request.document));
    this.#expectRevision(request.expectedRevision, seen);
    const operations = await times.wait("plan", () => this.#planOperations(candidate));
    expectPlan(request.planHash, planHash(this.#running?.revision.number, candidate.content, operations));

    const running = this.#running;
    const outcome = { operations: countOperations(operations), replayed: false, warnings: candidate.warnings };
    const unchanged = this.#settled && running !== undefined && running.content.hash === candidate.content.hash;
    if (request.validateOnly || unchanged) {
      const applied: Applied = { ...outcome, unchanged, phases: times.list(), ...revisionField(running?.revision) };
      if (!request.validateOnly) this.#options.store.commitUnchanged(this.#commitOf(request, fingerprint, applied));
      return ok(applied);
    }
    const pending = times.measure("store", () => this.#begin(request, candidate));
    await this.#giveOrTakeBack("checkers", candidate, pending, times);
    await this.#giveOrTakeBack("vrrp", candidate, pending, times);
    const answer = (): Applied => ({
      ...outcome,
      unchanged: false,
      phases: times.list(),
      revision: { ...pending, result: "applied" },
    });
    await this.#commit(request, candidate, pending, fingerprint, answer, times);
    return ok(answer());
  }

  #replay(request: ApplyRequest, fingerprint: string): Result<Applied, Refusal> | undefined {
    const { requestId } = request;
    const stored = requestId === undefined ? undefined : this.#options.store.answer(requestId);
    if (requestId === undefined || stored === undefined) return undefined;
    if (stored.fingerprint !== fingerprint) return fail({ kind: "request-id-reused", requestId });
    return ok({ ...stored.applied, replayed: true });
  }

  #candidate(document: unknown): Candidate {
    const { settings, model, issues } = validateSettings(keepPasswords(document, this.#running?.settings));
    if (settings === undefined || model === undefined || hasErrors(issues))
      throw new Refused({ kind: "invalid-configuration", issues });
    return { settings, model, content: contentOf(settings), warnings: issues };
  }

  #expectRevision(expected: number | undefined, seen: number): void {
    const actual = this.#running?.revision.number ?? 0;
    if (expected === undefined || expected === actual) return;
    throw new Refused({ kind: expected === seen ? "revision-lost" : "revision-mismatch", expected, actual });
  }

  async #planOperations(candidate: Candidate): Promise<readonly IpvsOperation[]> {
    const planned = await reached("plan", () => this.#options.checkers.plan(candidate.model.balancer));
    if (planned.ok) return planned.value;
    throw new Refused({ kind: "kernel-refused", failures: planned.error.map((failure) => inPhase("plan", failure)) });
  }

  #begin({ author, reason, source }: ApplyRequest, { content }: Candidate): Revision {
    return this.#options.store.begin({ ...content, author, reason, source, createdAt: this.#options.clock.wall() });
  }

  async #giveOrTakeBack(role: Role, candidate: Candidate, pending: Revision, times: PhaseTimes): Promise<void> {
    try {
      const failures = await times.wait(role, () =>
        reached(role, () => this.#children.give(role, pending.number, candidate.model)),
      );
      if (failures.length === 0) return;
      throw new Refused({ kind: "kernel-refused", failures: failures.map((failure) => inPhase(role, failure)) });
    } catch (thrown) {
      await this.#takeBack(pending, role === "checkers" ? ["checkers"] : ["vrrp", "checkers"], thrown);
    }
  }

  async #commit(
    request: ApplyRequest,
    candidate: Candidate,
    pending: Revision,
    fingerprint: string,
    answer: () => Applied,
    times: PhaseTimes,
  ): Promise<void> {
    try {
      const revision = times.measure("commit", () =>
        this.#options.store.commit(pending.number, this.#commitOf(request, fingerprint, answer())),
      );
      this.#running = { revision, settings: candidate.settings, model: candidate.model, content: candidate.content };
    } catch (thrown) {
      return this.#takeBack(pending, ["vrrp", "checkers"], thrown);
    }
    this.#forgetCheckers(candidate.model);
    const { author, reason } = request;
    this.#options.report({ kind: "config-applied", revision: pending.number, author, reason });
    this.#settle();
  }

  #commitOf(request: ApplyRequest, fingerprint: string, applied: Applied): Commit {
    const { requestId, source } = request;
    const at = this.#options.clock.wall();
    return { source, at, ...(requestId !== undefined && { answer: { requestId, fingerprint, applied } }) };
  }

  /** Puts the configuration before back into these children, marks the revision as failed, and throws why. */
  async #takeBack(pending: Revision, roles: readonly Role[], cause: unknown): Promise<never> {
    const refusal = refusalOf(cause);
    const problem = refusal === undefined ? messageOf(cause) : problemsOf(refusal).join("; ");
    const failures = await this.#giveRunning("restore", roles);
    this.#markFailed(pending, problem);
    if (failures.length === 0) throw cause;
    this.repair();
    throw new Refused({ kind: "rollback-failed", cause: problem, failures });
  }

  #markFailed(pending: Revision, problem: string): void {
    try {
      this.#options.store.fail(pending.number, problem);
    } catch (thrown) {
      // The store counts it as failed when it is opened next.
      this.#options.log.error("revision-not-marked", { revision: pending.number, problem: messageOf(thrown) });
    }
  }

  /** Gives children what runs; the empty configuration where none was ever applied. */
  #giveRunning(how: How, roles: readonly Role[] = ["checkers", "vrrp"]): Promise<readonly StepFailure[]> {
    const { model } = this.#running ?? this.#empty();
    return this.#children.giveEach(roles, this.#running?.revision.number ?? 0, model, how);
  }

  /** Gives both children the running configuration until they run it. Called when one of them turns out not to. */
  repair(): void {
    this.#settled = false;
    this.#options.onChange();
    if (this.#repairing) return;
    this.#repairing = true;
    void this.#repairLoop().finally(() => {
      this.#repairing = false;
    });
  }

  async #repairLoop(): Promise<void> {
    for (let attempt = 1; !this.#settled && !this.#closed; attempt++) {
      await this.#options.pause(attempt);
      await this.#inTurn(() => this.#repairOnce(attempt));
    }
  }

  async #repairOnce(attempt: number): Promise<void> {
    if (this.#settled || this.#closed) return;
    const failures = await this.#giveRunning("restore");
    this.#complain(attempt, failures.map(describeFailure));
    if (failures.length === 0) this.#settle();
  }

  /** A problem that stays is said once, not at every attempt. */
  #complain(attempt: number, problems: readonly string[]): void {
    for (const problem of problems)
      if (!this.#complaints.has(problem)) this.#options.log.error("configuration-not-restored", { attempt, problem });
    this.#complaints = new Set(problems);
  }

  #settle(): void {
    this.#settled = true;
    this.#options.onChange();
  }

  #empty(): Configuration {
    const { settings, model } = validateSettings({});
    if (settings === undefined || model === undefined) throw new Error("the schema refuses the empty document");
    return { settings, model, content: contentOf(settings) };
  }

  #forgetCheckers(model: Model): void {
    const servers = model.balancer.virtualServers.flatMap(({ realServers }) => realServers);
    const ids = new Set(servers.flatMap(({ checkers }) => checkers.map(({ id }) => id)));
    try {
      this.#options.store.forgetOtherCheckers(ids);
    } catch (thrown) {
      this.#options.log.warn("checkers-not-forgotten", { problem: messageOf(thrown) });
    }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Runs an action and makes values of what it refuses. */
  async #refusals<T>(action: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
    try {
      return await action();
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal === undefined) throw thrown;
      return fail(refusal);
    }
  }
}

/** How many characters a request id may have. */
const longestRequestId = 128;

function requestIdTooLong(id: string): Refusal {
  const message = `${id.length} characters are too many, expected at most ${longestRequestId}`;
  return { kind: "invalid-argument", field: "request_id", message };
}

function expectPlan(expected: string | undefined, actual: string): void {
  if (expected !== undefined && expected !== actual) throw new Refused({ kind: "plan-changed", expected, actual });
}

function revisionField(revision: Revision | undefined): { readonly revision?: Revision } {
  return revision === undefined ? {} : { revision };
}

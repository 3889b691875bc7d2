// Transactions: the one way in which a configuration becomes the running one. Check it, look at the preconditions, note that a revision
// begins, give it to the checkers, then to vrrp, and write it down with its content; when a step fails, put the configuration before back everywhere. One at a
// time, in the order in which they came. Where putting back fails, it is tried again until it succeeds: the children and the store never
// differ for good.

import { describeFailure, messageOf } from "../base/errors.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Issue } from "../config/issue.ts";
import type { Model } from "../config/model.ts";
import type { Event } from "../events/event.ts";
import type { OperationCounts } from "../kernel/ipvs.ts";
import { type PlannedOperations, totalOf } from "../supervisor/planned-operations.ts";
import { BothChildren, type How, inPhase, type Role } from "./both-children.ts";
import { type Candidate, candidateOf, emptyConfiguration, type Running } from "./candidate.ts";
import { checkersOf, checkersOnlyIn } from "./checker-ids.ts";
import type { NewConfirmation } from "./confirmation/confirmation.ts";
import { Content, fingerprintOf, planHash, readContent } from "./content.ts";
import { Looks } from "./looks.ts";
import { answerOf, appliedOf, confirmationOf, type Going, nothing } from "./ongoing-transaction.ts";
import { PhaseTimes } from "./phase-times.ts";
import { problemsOf, Refused, reached, refusalOf, refusals } from "./refused.ts";
import { Repair } from "./repair.ts";
import { hasSecretFiles, secretRemarks } from "./secret-remarks.ts";
import type { Commit, RevisionEnd } from "./store/records.ts";
import type { TransactionOptions } from "./transaction-options.ts";
import type { Applied, Plan, StepFailure, Validation } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";
import type { ApplyRequest, DocumentWish } from "./words/request.ts";
import type { Revision, StoredConfiguration } from "./words/revision.ts";

/** The agent's transactions. */
export class Transactions {
  readonly #options: TransactionOptions;
  readonly #looks: Looks;
  readonly #children: BothChildren;
  readonly #repair: Repair;
  #running: Running | undefined;
  /** The change that the children are being given. */
  #given: { readonly revision: number; readonly requestId?: string | undefined } | undefined;
  #settled = true;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#looks = new Looks(options);
    this.#children = new BothChildren(options);
    this.#repair = new Repair({ ...options, attempt: () => this.inTurn(() => this.#repairOnce()) });
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
    const { settings, model, issues } = readContent(stored.document);
    if (settings !== undefined && model !== undefined) {
      const content = new Content(settings);
      this.#running = {
        revision: stored.revision,
        settings,
        model,
        content,
        ...(issues.length === 0 && { remarks: [] }),
      };
      this.#settled = false;
      this.#options.notifications?.configure(model.notifications);
    }
    return issues;
  }

  /** Has both children run what `load` read, and returns what failed; that is tried again in the background. */
  async resume(): Promise<readonly StepFailure[]> {
    return this.inTurn(async () => {
      if (this.#running === undefined) return [];
      const failures = await this.#giveRunning("adopt");
      if (failures.length > 0) this.repair();
      else this.#settle();
      return failures;
    });
  }

  /** Every problem of a document. */
  validate(wish: DocumentWish): Promise<Result<Validation, Refusal>> {
    return this.#looks.validate(wish, this.#running);
  }

  /** The running configuration or that of a revision. */
  configuration(number: number | undefined): Result<StoredConfiguration, Refusal> {
    return this.#looks.configuration(number, this.#running);
  }

  /** What applying a document would do now. */
  plan(wish: DocumentWish): Promise<Result<Plan, Refusal>> {
    return this.#looks.plan(wish, this.#running);
  }

  /** Replaces the whole configuration, or changes nothing. Resolves after the kernel acknowledged and the revision is on disk. */
  async apply(request: ApplyRequest): Promise<Result<Applied, Refusal>> {
    const seen = this.#running?.revision.number ?? 0;
    const result = await this.inTurn(() => refusals(() => this.#carryOut(request, seen)));
    if (result.ok) return result;
    const [{ author }, problems] = [request, problemsOf(result.error)];
    this.#options.report({ kind: "config-rejected", author, problems, ...idOf(request) });
    return result;
  }

  /** The answer that this request was given before under its id, if any. */
  replay(request: ApplyRequest): Promise<Result<Applied, Refusal> | undefined> {
    return this.inTurn(async () => this.#replay(request, fingerprintOf(request)));
  }

  /** Gives both children the running configuration until they run it. Called when one of them turns out not to. */
  repair(): void {
    this.#settled = false;
    this.#children.doubt();
    this.#options.onChange();
    this.#repair.begin();
  }

  /** Runs an action when no change is going on, and no change begins before it has ended. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Applies the content of an earlier revision as a new one; of revision 0, the empty configuration. */
  async rollBack(
    number: number,
    request: Omit<ApplyRequest, "document" | "validated">,
  ): Promise<Result<Applied, Refusal>> {
    const stored = number === 0 ? undefined : this.#options.store.revision(number);
    if (number !== 0 && stored?.revision.result !== "applied")
      return fail({ kind: "revision-not-found", revision: number });
    const document = stored?.document ?? emptyConfiguration().content.document;
    return this.apply({ ...request, document: { revision: number }, validated: readContent(document) });
  }

  /** Gives both children what runs again, because what is overridden changed. What failed is tried again in the background. */
  reapply(): Promise<readonly StepFailure[]> {
    return this.inTurn(async () => {
      if (this.#running === undefined || this.#closed) return [];
      const failures = await this.#giveRunning("restore");
      if (failures.length > 0) this.repair();
      return failures;
    });
  }

  /** What the kernel would be asked to be as it should, and, unless it is only asked, what it was asked. */
  reconcile(dryRun: boolean): Promise<Result<PlannedOperations, Refusal>> {
    return this.inTurn(() =>
      refusals(async () => {
        const running = this.#running;
        if (running === undefined) return fail({ kind: "no-configuration" });
        const planned = await this.#looks.operations(running);
        if (dryRun || totalOf(planned) === 0) return ok(planned);
        const failures = await this.#giveRunning("restore", ["checkers"]);
        if (failures.length === 0) return ok(planned);
        this.repair();
        return fail({ kind: "kernel-refused", failures });
      }),
    );
  }

  /** Has secrets in files read again: they may have changed where the configuration has not. */
  rereadSecrets(): Promise<void> {
    return this.inTurn(() => this.#rereadSecrets());
  }

  async #rereadSecrets(): Promise<void> {
    if (this.#running === undefined || this.#closed || !hasSecretFiles(this.#running.settings)) return;
    for (const { message, path = "" } of secretRemarks(this.#running.settings))
      this.#options.log.warn("secret-file", { at: path, problem: message });
    if ((await this.#giveRunning("restore", ["vrrp"])).length > 0) this.repair();
  }

  /** What a child tells, with the request id of the change that it tells of. */
  linked(event: Event): Event {
    const { revision, requestId } = this.#given ?? {};
    if (event.kind !== "ipvs-applied" || requestId === undefined || event.revision !== revision) return event;
    return { ...event, requestId };
  }

  /** Refuses further changes and resolves when the one that is going on has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
  }

  // The steps of a change, in order

  async #carryOut(request: ApplyRequest, seen: number): Promise<Result<Applied, Refusal>> {
    if (this.#closed) return fail({ kind: "stopping" });
    expectRequestId(request.requestId);
    const fingerprint = request.requestId === undefined ? "" : fingerprintOf(request);
    const replay = this.#replay(request, fingerprint);
    if (replay !== undefined) return replay;
    const times = new PhaseTimes(this.#options.clock);
    const candidate = times.measure("validate", () => candidateOf(request, this.#running));
    this.#expectRevision(request.expectedRevision, seen);
    const warnings = [...candidate.warnings, ...this.#looks.expectRight(candidate)];
    const confirmation = await this.#permit(request, candidate);
    const going: Going = { request, fingerprint, candidate: { ...candidate, warnings }, times, confirmation };
    const unchanged = this.#settled && Bun.deepEquals(this.#running?.settings, candidate.settings);
    // A plan costs a look at the kernel's whole table: it is made only where somebody wants to see it or has seen it.
    const planned = request.validateOnly || request.planHash !== undefined ? await this.#expectPlan(going) : nothing;
    if (unchanged && !request.validateOnly) await this.#rereadSecrets();
    if (request.validateOnly || unchanged) return ok(this.#asBefore(going, unchanged, planned));
    return ok(await this.#replaceRunning(going));
  }

  #replay({ requestId }: ApplyRequest, fingerprint: string): Result<Applied, Refusal> | undefined {
    const stored = requestId === undefined ? undefined : this.#options.store.answer(requestId);
    if (requestId === undefined || stored === undefined) return undefined;
    if (stored.fingerprint !== fingerprint) return fail({ kind: "request-id-reused", requestId });
    return ok({ ...stored.applied, replayed: true });
  }

  #expectRevision(expected: number | undefined, seen: number): void {
    const actual = this.#running?.revision.number ?? 0;
    if (expected === undefined || expected === actual) return;
    throw new Refused({ kind: expected === seen ? "revision-lost" : "revision-mismatch", expected, actual });
  }

  async #permit(request: ApplyRequest, after: Candidate): Promise<NewConfirmation | undefined> {
    const running = this.#running;
    const before = running ?? emptyConfiguration();
    return this.#options.permit?.({ request, baseRevision: running?.revision.number ?? 0, before, after });
  }

  async #expectPlan({ request, candidate, times }: Going): Promise<OperationCounts> {
    const planned = await times.wait("plan", () => this.#looks.operations(candidate));
    const actual = planHash(this.#running?.revision.number, candidate.content, planned);
    const expected = request.planHash;
    if (expected !== undefined && expected !== actual) throw new Refused({ kind: "plan-changed", expected, actual });
    return planned.counts;
  }

  /** The answer where no revision is made. */
  #asBefore(going: Going, unchanged: boolean, operations: OperationCounts): Applied {
    const revision = this.#running?.revision;
    const applied = { ...answerOf(going, operations), unchanged, ...(revision !== undefined && { revision }) };
    if (!going.request.validateOnly) this.#options.store.commitUnchanged(this.#commitOf(going, applied));
    return applied;
  }

  async #replaceRunning(asked: Going): Promise<Applied> {
    const { author, reason, source } = asked.request;
    const { candidate, times } = asked;
    const createdAt = this.#options.clock.wall();
    const pending = times.measure("store", () => this.#options.store.begin({ author, reason, source, createdAt }));
    const before = this.#running?.model;
    const leaving = before && this.#options.leave?.(before, candidate.model, asked.request);
    const going = { ...asked, leaving };
    // Secrets in files may have changed where nothing else has.
    if (!this.#settled || hasSecretFiles(candidate.settings)) this.#children.doubt();
    this.#given = { revision: pending.number, requestId: asked.request.requestId };
    const operations = await this.#giveOrTakeBack("checkers", pending, going);
    this.#given = undefined;
    await this.#giveOrTakeBack("vrrp", pending, going);
    await this.#commit(pending, going, operations);
    this.#forgetCheckers(before, candidate.model);
    this.#options.report({ kind: "config-applied", revision: pending.number, author, reason, ...idOf(asked.request) });
    this.#options.onApplied?.(confirmationOf(pending, going));
    this.#settle();
    return appliedOf(pending, going, operations);
  }

  async #giveOrTakeBack(role: Role, pending: Revision, going: Going): Promise<OperationCounts> {
    const { candidate, times } = going;
    try {
      const give = () => this.#children.give(role, pending.number, candidate.model);
      const { failures, counts } = await times.wait(role, () => reached(role, give));
      if (failures.length === 0) return counts ?? nothing;
      throw new Refused({ kind: "kernel-refused", failures: failures.map((failure) => inPhase(role, failure)) });
    } catch (thrown) {
      return this.#takeBack(pending, going, role === "checkers" ? ["checkers"] : ["vrrp", "checkers"], thrown);
    }
  }

  async #commit(pending: Revision, going: Going, operations: OperationCounts): Promise<void> {
    const { settings, model, content, remarks = [] } = going.candidate;
    try {
      const commit = () =>
        this.#options.store.commit(
          pending.number,
          content,
          this.#commitOf(going, appliedOf(pending, going, operations)),
        );
      this.#running = { revision: going.times.measure("commit", commit), settings, model, content, remarks };
    } catch (thrown) {
      await this.#takeBack(pending, going, ["vrrp", "checkers"], thrown);
    }
  }

  #commitOf({ request, fingerprint, times, confirmation }: Going, applied: Applied): Commit {
    const { requestId, source, settles } = request;
    return {
      source,
      at: this.#options.clock.wall(),
      end: this.#endOf(times),
      ...(requestId !== undefined && { answer: { requestId, fingerprint, applied } }),
      ...(confirmation !== undefined && { confirmation }),
      ...(settles !== undefined && { settles }),
    };
  }

  #endOf(times: PhaseTimes): RevisionEnd {
    const { number, hash } = this.#running?.revision ?? {};
    return {
      durationMs: times.total,
      previous: number === undefined || hash === undefined ? undefined : { number, hash },
    };
  }

  // Putting back

  /** Puts the configuration before back into these children, marks the revision as failed, and throws why. */
  async #takeBack(
    pending: Revision,
    { candidate: { content }, times, leaving }: Going,
    roles: readonly Role[],
    cause: unknown,
  ): Promise<never> {
    leaving?.undo();
    const refusal = refusalOf(cause);
    const problem = refusal === undefined ? messageOf(cause) : problemsOf(refusal).join("; ");
    const failures = await this.#giveRunning("restore", roles);
    this.#markFailed(pending, content, problem, this.#endOf(times));
    if (failures.length === 0) throw cause;
    this.repair();
    throw new Refused({ kind: "rollback-failed", cause: problem, failures });
  }

  #markFailed(pending: Revision, content: Content, problem: string, end: RevisionEnd): void {
    try {
      this.#options.store.fail(pending.number, content, problem, end);
    } catch (thrown) {
      // The store counts it as failed when it is opened next.
      this.#options.log.error("revision-not-marked", { revision: pending.number, problem: messageOf(thrown) });
    }
  }

  /** Gives children what runs; the empty configuration where none was ever applied. */
  #giveRunning(how: How, roles: readonly Role[] = ["checkers", "vrrp"]): Promise<readonly StepFailure[]> {
    const { model } = this.#running ?? emptyConfiguration();
    return this.#children.giveEach(roles, this.#running?.revision.number ?? 0, model, how);
  }

  async #repairOnce(): Promise<readonly string[] | undefined> {
    if (this.#settled || this.#closed) return undefined;
    const failures = await this.#giveRunning("restore");
    if (failures.length === 0) this.#settle();
    return failures.map(describeFailure);
  }

  #settle(): void {
    this.#settled = true;
    this.#options.onChange();
  }

  /** Forgets the checkers that this change has taken away; of the first one, all that it does not have. */
  #forgetCheckers(before: Model | undefined, { balancer: { virtualServers } }: Model): void {
    const { store } = this.#options;
    try {
      if (before === undefined) return store.forgetOtherCheckers(checkersOf(virtualServers));
      const gone = checkersOnlyIn(before.balancer.virtualServers, virtualServers);
      if (gone.size > 0) store.forgetCheckers(gone);
    } catch (thrown) {
      this.#options.log.warn("checkers-not-forgotten", { problem: messageOf(thrown) });
    }
  }
}

/** How many characters a request id may have. */
const longestRequestId = 128;

function idOf({ requestId }: ApplyRequest): Pick<ApplyRequest, "requestId"> {
  return requestId === undefined ? {} : { requestId };
}

function expectRequestId(id = ""): void {
  if (id.length <= longestRequestId) return;
  const message = `${id.length} characters are too many, expected at most ${longestRequestId}`;
  throw new Refused({ kind: "invalid-argument", field: "request_id", message });
}

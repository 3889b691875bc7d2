// What is looked at without changing anything: whether a document is right here, a stored configuration, and what applying a document would do.

import { fail, ok, type Result } from "../base/result.ts";
import { differingPlaces } from "../config/diff.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import type { Model } from "../config/model.ts";
import type { Settings } from "../config/schema/settings.ts";
import type { PlannedOperations } from "../supervisor/planned-operations.ts";
import { inPhase } from "./both-children.ts";
import {
  type Candidate,
  type Configuration,
  candidateOf,
  checkDocument,
  emptyConfiguration,
  type Running,
} from "./candidate.ts";
import { checkerChanges } from "./checker-changes.ts";
import { Content, planHash, readContent } from "./content.ts";
import { Refused, reached, refusals } from "./refused.ts";
import type { TransactionOptions } from "./transaction-options.ts";
import { vrrpEffects } from "./vrrp-effects.ts";
import type { Plan, Validation } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";
import type { DocumentWish } from "./words/request.ts";
import type { StoredConfiguration } from "./words/revision.ts";

/** Looks of one agent. Each is given what runs. */
export class Looks {
  readonly #options: Pick<TransactionOptions, "store" | "checkers" | "effective" | "remarks" | "instances">;

  constructor(options: Pick<TransactionOptions, "store" | "checkers" | "effective" | "remarks" | "instances">) {
    this.#options = options;
  }

  /** Every problem of a document. */
  validate(wish: DocumentWish, running: Running | undefined): Promise<Result<Validation, Refusal>> {
    return refusals(async () => {
      const { settings, issues } = checkDocument(wish, running, false);
      if (settings === undefined) return ok({ issues });
      const all = [...issues, ...this.#remarks(settings)];
      return ok(hasErrors(all) ? { issues: all } : { issues: all, hash: new Content(settings).hash });
    });
  }

  /** The running configuration or that of a revision. */
  configuration(number: number | undefined, running: Running | undefined): Result<StoredConfiguration, Refusal> {
    if (number === undefined) return running === undefined ? fail({ kind: "no-configuration" }) : ok(running);
    const stored = this.#options.store.revision(number);
    const settings = stored && readContent(stored.document).settings;
    if (stored === undefined || settings === undefined) return fail({ kind: "revision-not-found", revision: number });
    return ok({ revision: stored.revision, settings });
  }

  /** What applying a document would do now. */
  plan(wish: DocumentWish, running: Running | undefined): Promise<Result<Plan, Refusal>> {
    return refusals(async () => {
      const candidate = candidateOf(wish, running);
      const remarks = this.expectRight(candidate);
      const planned = await this.operations(candidate);
      const before = running ?? emptyConfiguration();
      return ok({
        baseRevision: running?.revision.number ?? 0,
        hash: planHash(running?.revision.number, candidate.content, planned),
        planned,
        checkers: checkerChanges(before.model.balancer, candidate.model.balancer),
        differences: differingPlaces(before.settings, candidate.settings),
        vrrpEffects: vrrpEffects(before.model.vrrp, candidate.model.vrrp, this.#options.instances()),
        warnings: [...candidate.warnings, ...remarks],
      });
    });
  }

  /** What the kernel would be asked for a configuration; throws Refused when it cannot be planned. */
  async operations({ model }: Configuration): Promise<PlannedOperations> {
    const planned = await reached("plan", () => this.#options.checkers.plan(this.#effective(model).balancer));
    if (planned.ok) return planned.value;
    throw new Refused({ kind: "kernel-refused", failures: planned.error.map((failure) => inPhase("plan", failure)) });
  }

  #effective(model: Model): Model {
    return this.#options.effective?.(model) ?? model;
  }

  /** What this machine remarks; throws Refused when the configuration cannot be right on it. */
  expectRight({ settings, warnings }: Candidate): readonly Issue[] {
    const remarks = this.#remarks(settings);
    if (hasErrors(remarks)) throw new Refused({ kind: "invalid-configuration", issues: [...warnings, ...remarks] });
    return remarks;
  }

  #remarks(settings: Settings): readonly Issue[] {
    return this.#options.remarks?.(settings) ?? [];
  }
}

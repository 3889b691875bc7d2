// Everything that is done with changes of the configuration besides making one: confirming, cancelling and going back, preparing for several
// directors, uploads, and the history. Each call of a controller is held against the epoch of its role first.

import { fail, ok, type Result } from "../base/result.ts";
import { type Difference, diffSettings } from "../config/diff.ts";
import type { Settings } from "../config/schema/settings.ts";
import { outsideScope } from "./access/scope.ts";
import { emptyConfiguration } from "./candidate.ts";
import type { Confirmation } from "./confirmation/confirmation.ts";
import type { Confirmations } from "./confirmation/confirmations.ts";
import { readContent } from "./content.ts";
import { expectCurrentController } from "./fencing.ts";
import type { Preparation, Preparations } from "./preparations.ts";
import { Refused, refusals } from "./refused.ts";
import type { StoredRevision } from "./store/records.ts";
import type { Store } from "./store/store.ts";
import type { Transactions } from "./transactions.ts";
import { Uploads } from "./uploads.ts";
import type { Applied } from "./words/outcome.ts";
import type { Refusal } from "./words/refusal.ts";
import type { ApplyRequest, ControllerClaim } from "./words/request.ts";
import type { Revision } from "./words/revision.ts";

/** What changes are made of. */
export interface ChangeParts {
  readonly store: Pick<Store, "revision" | "revisions" | "confirmation" | "controllerEpoch" | "raiseControllerEpoch">;
  readonly transactions: Pick<Transactions, "apply" | "replay" | "rollBack" | "running">;
  readonly confirmations: Pick<Confirmations, "confirm" | "cancel">;
  readonly preparations: Preparations;
  /** Unix milliseconds. */
  readonly wall: () => number;
}

/** A wish about a change that waits to be confirmed. */
export interface SettlementWish {
  readonly id: string;
  readonly author: string;
  readonly reason?: string;
  readonly controller?: ControllerClaim;
  /** The virtual servers that its caller may change; undefined: everything. */
  readonly scope?: readonly string[];
}

/** A configuration that is prepared, and what checking it came to. */
export interface Prepared {
  readonly preparation: Preparation;
  readonly checked: Applied;
}

/** The differences between two revisions. */
export interface RevisionDiff {
  readonly from: Revision | undefined;
  readonly to: Revision;
  readonly differences: readonly Difference[];
}

/** The changes of one agent. */
export class Changes {
  readonly uploads: Uploads;
  readonly #parts: ChangeParts;

  constructor(parts: ChangeParts) {
    this.#parts = parts;
    this.uploads = new Uploads(parts.wall);
  }

  /** Replaces the configuration, or changes nothing; with a token, by what was prepared under it. */
  apply(request: ApplyRequest): Promise<Result<Applied, Refusal>> {
    return this.#admitted(request.controller, async () => {
      const { preparedToken } = request;
      if (preparedToken === undefined) return this.#parts.transactions.apply(request);
      return this.#applyPrepared(request, preparedToken);
    });
  }

  /** Lets a change stay that waits for it. */
  confirm({ id, author, controller, scope }: SettlementWish): Promise<Result<Confirmation, Refusal>> {
    return this.#admitted(controller, () => {
      this.#expectOwn(id, scope);
      return this.#parts.confirmations.confirm(id, author);
    });
  }

  /** Takes back a change that waits to be confirmed. */
  cancel({ id, author, reason = "", controller, scope }: SettlementWish): Promise<Result<Applied, Refusal>> {
    return this.#admitted(controller, () => {
      this.#expectOwn(id, scope);
      return this.#parts.confirmations.cancel(id, author, reason);
    });
  }

  /** Applies the content of an earlier revision as a new one. */
  rollBack(revision: number, request: Omit<ApplyRequest, "document" | "validated">): Promise<Result<Applied, Refusal>> {
    return this.#admitted(request.controller, () => this.#parts.transactions.rollBack(revision, request));
  }

  /** Checks a configuration and keeps it, so that nothing else changes until it is applied, aborted, or its time is over. */
  prepare(request: ApplyRequest, forMs: number): Promise<Result<Prepared, Refusal>> {
    return this.#admitted(request.controller, async () => {
      const { preparations, transactions } = this.#parts;
      preparations.permit(request);
      const { token } = preparations.put(request, 0, forMs);
      const checked = await transactions.apply({ ...request, validateOnly: true, preparedToken: token });
      preparations.drop(token);
      if (!checked.ok) return checked;
      const preparation = preparations.put(request, checked.value.revision?.number ?? 0, forMs);
      return ok({ preparation, checked: checked.value });
    });
  }

  /** Frees the way for other changes. */
  abort(token: string, controller: ControllerClaim | undefined): Promise<Result<undefined, Refusal>> {
    return this.#admitted(controller, async () => {
      this.#parts.preparations.drop(token);
      return ok(undefined);
    });
  }

  /** The revisions before a number, newest first. */
  history(limit: number, before: number | undefined): Promise<Result<readonly Revision[], Refusal>> {
    return refusals(async () => ok(this.#parts.store.revisions(limit, before)));
  }

  /** What differs from one revision to another: unless given, from the one before to the one that runs. */
  diff(from: number | undefined, to: number | undefined): Promise<Result<RevisionDiff, Refusal>> {
    return refusals(async () => {
      const latest = to ?? this.#parts.transactions.running?.revision.number;
      if (latest === undefined) return fail({ kind: "no-configuration" });
      const later = this.#stored(latest);
      if (!later.ok) return later;
      const base = from ?? later.value.revision.previous?.number ?? 0;
      const earlier = base === 0 ? undefined : this.#stored(base);
      if (earlier?.ok === false) return earlier;
      const before =
        earlier === undefined ? emptyConfiguration().settings : readContent(earlier.value.document).settings;
      const after = readContent(later.value.document).settings;
      if (before === undefined) return fail({ kind: "revision-not-found", revision: base });
      if (after === undefined) return fail({ kind: "revision-not-found", revision: later.value.revision.number });
      const differences = diffSettings(before, after);
      return ok({ from: earlier?.value.revision, to: later.value.revision, differences });
    });
  }

  async #applyPrepared(request: ApplyRequest, token: string): Promise<Result<Applied, Refusal>> {
    const { preparations, transactions } = this.#parts;
    const replay = await transactions.replay(request);
    if (replay !== undefined) return replay;
    const { request: prepared, baseRevision } = preparations.get(token);
    const { requestId, author, reason, scope } = request;
    const done = await transactions.apply({
      ...prepared,
      ...(scope !== undefined && { scope }),
      ...(requestId !== undefined && { requestId }),
      ...{ author, preparedToken: token, expectedRevision: baseRevision, reason: reason || prepared.reason },
    });
    if (done.ok) preparations.drop(token);
    return done;
  }

  /** Who may change some virtual servers settles only changes of these. Throws Refused. */
  #expectOwn(id: string, scope: readonly string[] | undefined): void {
    const found = scope && this.#parts.store.confirmation(id);
    if (scope === undefined || found === undefined) return;
    const fields = outsideScope(this.#settingsOf(found.baseRevision), this.#settingsOf(found.revision), scope);
    if (fields.length > 0) throw new Refused({ kind: "outside-scope", fields });
  }

  /** Nothing where it is no longer stored: a change of which that is not known is not settled by everybody. */
  #settingsOf(revision: number): Settings {
    const stored = this.#parts.store.revision(revision);
    return (stored && readContent(stored.document).settings) ?? emptyConfiguration().settings;
  }

  #stored(revision: number): Result<StoredRevision, Refusal> {
    const stored = this.#parts.store.revision(revision);
    return stored === undefined || stored.document === "" ? fail({ kind: "revision-not-found", revision }) : ok(stored);
  }

  /** Carries out what a current controller, or nobody in particular, asks. */
  #admitted<T>(
    controller: ControllerClaim | undefined,
    action: () => Promise<Result<T, Refusal>>,
  ): Promise<Result<T, Refusal>> {
    return refusals(async () => {
      expectCurrentController(this.#parts.store, controller);
      return action();
    });
  }
}

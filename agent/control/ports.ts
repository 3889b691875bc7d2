// The two children and the store as a transaction sees them. agent.ts makes the children's ports from supervisor/child.ts; tests make them
// from memory. Each function of a child rejects when the process went away before it answered: then it is unknown whether anything was done.

import type { OperationFailure } from "../base/errors.ts";
import type { Result } from "../base/result.ts";
import type { BalancerModel, NotificationModel, VrrpModel } from "../config/model.ts";
import type { PlannedOperations } from "../supervisor/planned-operations.ts";
import type { Configured } from "../supervisor/protocol.ts";
import type {
  Commit,
  NewRevision,
  RevisionContent,
  RevisionEnd,
  StoredAnswer,
  StoredRevision,
} from "./store/records.ts";
import type { Revision } from "./words/revision.ts";

/** A child that runs a configuration. */
export interface ChildPort<Model> {
  /** Has the child run the configuration; resolves after the kernel acknowledged, with what failed or how much was done. */
  configure(revision: number, model: Model): Promise<Configured>;
  /** The same for what it should run whatever comes: a replacement is given it too, even when the child could not take all of it. */
  restore(revision: number, model: Model): Promise<readonly OperationFailure[]>;
  /** Restores, unless the child already runs this revision. For a control process that finds running children. */
  adopt(revision: number, model: Model): Promise<readonly OperationFailure[]>;
  /** What the child runs belongs to this revision now: its part is the same. The child is not asked anything. */
  renumber(revision: number, model: Model): void;
}

/** The vrrp process. */
export type VrrpPort = ChildPort<VrrpModel>;

/** The checkers process. */
export interface CheckersPort extends ChildPort<BalancerModel> {
  /** What would be done to the kernel's table for this configuration. */
  plan(model: BalancerModel): Promise<Result<PlannedOperations, readonly OperationFailure[]>>;
}

/** Notifications: taking a configuration cannot fail. */
export interface NotificationsPort {
  configure(model: NotificationModel): void;
}

/** What transactions keep on disk. */
export interface RevisionStore {
  running(): StoredRevision | undefined;
  revision(number: number): StoredRevision | undefined;
  begin(revision: NewRevision): Revision;
  commit(number: number, content: RevisionContent, commit: Commit): Revision;
  commitUnchanged(commit: Commit): void;
  fail(number: number, content: RevisionContent, failure: string, end?: RevisionEnd): Revision;
  answer(requestId: string): StoredAnswer | undefined;
  forgetCheckers(ids: Iterable<string>): void;
  forgetOtherCheckers(ids: ReadonlySet<string>): void;
}

// The two children as a transaction sees them. agent.ts makes these from supervisor/child.ts; tests make them from memory. Each function
// rejects when the process went away before it answered: then it is unknown whether anything was done.

import type { OperationFailure } from "../base/errors.ts";
import type { Result } from "../base/result.ts";
import type { BalancerModel, VrrpModel } from "../config/model.ts";
import type { IpvsOperation } from "../kernel/ipvs.ts";

/** A child that runs a configuration. */
export interface ChildPort<Model> {
  /** Has the child run the configuration; resolves after the kernel acknowledged, with what failed. */
  configure(revision: number, model: Model): Promise<readonly OperationFailure[]>;
  /** The same, unless the child already runs this revision. For a control process that finds running children. */
  adopt(revision: number, model: Model): Promise<readonly OperationFailure[]>;
}

/** The vrrp process. */
export type VrrpPort = ChildPort<VrrpModel>;

/** The checkers process. */
export interface CheckersPort extends ChildPort<BalancerModel> {
  /** What would be done to the kernel's table for this configuration. */
  plan(model: BalancerModel): Promise<Result<readonly IpvsOperation[], readonly OperationFailure[]>>;
}

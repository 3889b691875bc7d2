// What operators do besides changing the configuration: overrides, and things that are done at once.

import { fail, ok, type Result } from "../base/result.ts";
import type { PlannedOperations } from "../supervisor/planned-operations.ts";
import type { Overrides, OverrideWish } from "./overrides/overrides.ts";
import { reached, refusals } from "./refused.ts";
import type { Transactions } from "./transactions.ts";
import type { Refusal } from "./words/refusal.ts";

/** What a child made of something that it should do at once. */
type Acted = { readonly kind: string };

/** What operations are made of. */
export interface OperationParts {
  readonly overrides: Overrides;
  readonly transactions: Pick<Transactions, "reconcile">;
  /** Has the vrrp process announce; rejects when it is away. */
  readonly announce: (instance: string) => Promise<Acted>;
  /** Has the checkers process probe; rejects when it is away. */
  readonly probe: (checker: string) => Promise<Acted>;
}

/** The operations of one agent. */
export class Operations {
  readonly overrides: Overrides;
  readonly #parts: OperationParts;

  constructor(parts: OperationParts) {
    this.#parts = parts;
    this.overrides = parts.overrides;
  }

  /** Tells the segments anew where the addresses of a master live. */
  announce(instance: string): Promise<Result<undefined, Refusal>> {
    return refusals(async () => {
      const { kind } = await reached("vrrp", () => this.#parts.announce(instance));
      return kind === "done" ? ok(undefined) : notFound(`VRRP instance ${instance} that is master`);
    });
  }

  /** Has a checker probe at once; `mayTouch`: only one of these virtual servers. */
  runChecker(checker: string, mayTouch?: OverrideWish["mayTouch"]): Promise<Result<undefined, Refusal>> {
    return refusals(async () => {
      if (mayTouch !== undefined) this.overrides.expectTarget({ kind: "checker", checker }, mayTouch);
      const { kind } = await reached("checkers", () => this.#parts.probe(checker));
      return kind === "done" ? ok(undefined) : notFound(`checker ${checker}`);
    });
  }

  /** Compares the kernel's table with what is desired; makes it so unless it is only asked. */
  reconcile(dryRun: boolean): Promise<Result<PlannedOperations, Refusal>> {
    return this.#parts.transactions.reconcile(dryRun);
  }
}

function notFound(object: string): Result<never, Refusal> {
  return fail({ kind: "object-not-found", object });
}

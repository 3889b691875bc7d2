// The checkers process as transactions use it. It is sent what is other than in the configuration that it runs, where that is known, so that a small
// change of a large table is a small message; and of what is remembered of checkers only what it cannot know.

import type { OperationFailure } from "../base/errors.ts";
import { fail, ok } from "../base/result.ts";
import type { BalancerModel } from "../config/model.ts";
import type { Child } from "../supervisor/child.ts";
import type { DesiredConfiguration } from "../supervisor/child-options.ts";
import { type NumberedBalancer, packBalancer } from "../supervisor/packed-balancer.ts";
import { checkersOnlyIn } from "./checker-ids.ts";
import type { CheckersPort } from "./ports.ts";
import type { Store } from "./store/store.ts";

/** The port to a checkers process. What it is told of each checker is as fresh as the store. */
export function checkersPort(child: Child<"checkers">, store: Store, allowScripts: boolean): CheckersPort {
  let numbers = 0;
  /** What was given under each wish. */
  const given = new WeakMap<DesiredConfiguration<"checkers">, NumberedBalancer>();
  const desired = (revision: number, balancer: BalancerModel): DesiredConfiguration<"checkers"> => {
    const model = allowScripts ? balancer : { ...balancer, runsScripts: false as const };
    const numbered = { number: ++numbers, model };
    const wish: DesiredConfiguration<"checkers"> = {
      revision,
      configuration: (runs) => {
        const former = runs && given.get(runs);
        const memory = store.checkerMemory(former && checkersOnlyIn(model.virtualServers, former.model.virtualServers));
        return { balancer: packBalancer(numbered, former), memory };
      },
    };
    given.set(wish, numbered);
    return wish;
  };
  return {
    configure: (revision, model) => child.configure(desired(revision, model)),
    restore: (revision, model) => child.restore(desired(revision, model)),
    adopt: (revision, model) => child.adopt(desired(revision, model)),
    renumber: (revision, model) => child.renumber(desired(revision, model)),
    plan: async (balancer) => {
      const packed = packBalancer({ number: ++numbers, model: balancer });
      const outcome = await child.request({ kind: "plan", configuration: { balancer: packed, memory: [] } });
      if (outcome.kind === "planned") return ok(outcome.plan);
      return fail(outcome.kind === "failed" ? outcome.failures : [unexpected(outcome.kind)]);
    },
  };
}

function unexpected(kind: string): OperationFailure {
  return { operation: "plan", object: "checkers", cause: { code: "EPROTO", text: `it answered with ${kind}` } };
}

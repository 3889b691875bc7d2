// What a change does to checkers: one whose identity stays goes on with its state and history, and others begin anew.

import type { BalancerModel } from "../config/model.ts";
import type { CheckerChanges } from "./words/outcome.ts";

/** From one configuration to another. */
export function checkerChanges(before: BalancerModel, after: BalancerModel): CheckerChanges {
  const [ended, wanted] = [identities(before), identities(after)];
  const all = wanted.size;
  let kept = 0;
  for (const id of wanted) if (ended.delete(id)) kept += 1;
  return { kept, started: all - kept, ended: ended.size };
}

function identities({ virtualServers }: BalancerModel): Set<string> {
  const ids = new Set<string>();
  for (const { realServers } of virtualServers)
    for (const { checkers } of realServers) for (const { id } of checkers) ids.add(id);
  return ids;
}

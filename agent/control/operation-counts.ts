import type { IpvsOperation, OperationCounts } from "../kernel/ipvs.ts";

/** How many operations of each kind. */
export function countOperations(operations: readonly IpvsOperation[]): OperationCounts {
  const count = (verb: string) => operations.filter(({ kind }) => kind.startsWith(verb)).length;
  return { added: count("add-"), updated: count("update-"), removed: count("remove-") };
}

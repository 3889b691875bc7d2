import type { VirtualServerModel } from "../config/model.ts";

/** The ids of the checkers of these virtual servers. */
export function checkersOf(servers: Iterable<VirtualServerModel>): Set<string> {
  const ids = new Set<string>();
  for (const { realServers } of servers)
    for (const { checkers } of realServers) for (const { id } of checkers) ids.add(id);
  return ids;
}

/** The ids of the checkers of one list that are not in another. Virtual servers that are the same objects in both cost nothing. */
export function checkersOnlyIn(
  some: readonly VirtualServerModel[],
  others: readonly VirtualServerModel[],
): Set<string> {
  const left = new Set(others);
  const changed = some.filter((server) => !left.delete(server));
  return changed.length === 0 ? new Set() : checkersOf(changed).difference(checkersOf(left));
}

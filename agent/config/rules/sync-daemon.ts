import { isMulticast } from "../../base/address.ts";
import type { Finding } from "../issue.ts";
import { breach } from "./breach.ts";
import type { Entries } from "./entry.ts";

/** What is wrong with the sync daemon: it follows an instance that there is. */
export function syncDaemonBreaches({ syncDaemon, instances }: Entries): Finding[] {
  if (syncDaemon === undefined) return [];
  const { path, value } = syncDaemon;
  const { instance, group } = value;
  return [
    ...(instance !== undefined && !instances.some((one) => one.value.name === instance)
      ? [breach([...path, "instance"], `there is no instance ${JSON.stringify(instance)}`, "the name of an instance")]
      : []),
    ...(group !== undefined && !isMulticast(group)
      ? [breach([...path, "group"], `${group} is not a multicast group`, "for instance 224.0.0.81")]
      : []),
  ];
}

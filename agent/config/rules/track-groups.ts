// Rules about track groups: names that lead nowhere, and objects that no group can follow.

import { type Finding, pathText } from "../issue.ts";
import { nearest } from "../suggest.ts";
import { breach, duplicates } from "./breach.ts";
import type { Entries, Entry } from "./entry.ts";
import { addressesWithin } from "./virtual-addresses.ts";

type Trackable = Entry<{ readonly trackGroup?: string | undefined }>;

/** Everything that is wrong about track groups. */
export function trackGroupBreaches({ trackGroups, statics, instances, tracking }: Entries): Finding[] {
  const { groups, names } = trackGroups;
  const objects: readonly Trackable[] = [...statics.addresses, ...statics.routes, ...statics.rules];
  return [
    ...duplicates(
      groups,
      ({ name }) => name,
      ({ name }, first) => `track group ${JSON.stringify(name)} is already defined at ${pathText(first)}`,
      "name",
    ),
    ...groups.flatMap(({ path, value }) =>
      value.members.flatMap((member, index) =>
        unknown([...path, "members", index], member, tracking.names.vrrpInstances, "VRRP instance"),
      ),
    ),
    ...objects.flatMap(({ path, value }) =>
      value.trackGroup === undefined ? [] : unknown([...path, "trackGroup"], value.trackGroup, names, "track group"),
    ),
    ...instances.flatMap(ofNoGroup),
  ];
}

function unknown(path: Finding["path"], name: string, known: ReadonlySet<string>, what: string): Finding[] {
  if (known.has(name)) return [];
  const suggestion = nearest(name, [...known]);
  const found = breach(path, `there is no ${what} ${JSON.stringify(name)}`);
  return [suggestion === undefined ? found : { ...found, suggestion }];
}

/** What an instance has is there because of the instance. */
function ofNoGroup(instance: Entries["instances"][number]): Finding[] {
  const { path, value } = instance;
  const within = <T>(field: string, list: readonly T[]) =>
    list.map((one, index) => ({ path: [...path, field, index], value: one }));
  const objects: readonly Trackable[] = [
    ...addressesWithin(instance),
    ...within("virtualRoutes", value.virtualRoutes),
    ...within("virtualRules", value.virtualRules),
  ];
  return objects.flatMap((object) =>
    object.value.trackGroup === undefined
      ? []
      : [breach([...object.path, "trackGroup"], "only static objects have a track group", "no track_group here")],
  );
}

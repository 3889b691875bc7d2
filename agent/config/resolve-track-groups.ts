// Who follows static objects. An instance follows a track group like a tracker without weight: it is in fault while an object of the group cannot be there.

import type { Settings } from "./schema/settings.ts";
import type { TrackerModel } from "./tracking-model.ts";

/** The names of the groups that somebody follows and that have objects. */
export function followedGroups({ trackGroups, staticAddresses, staticRoutes, staticRules }: Settings): string[] {
  const objects = [...staticAddresses, ...staticRoutes, ...staticRules];
  const named = new Set(objects.map(({ trackGroup }) => trackGroup));
  return trackGroups.flatMap(({ name, members }) => (members.length > 0 && named.has(name) ? [name] : []));
}

/** The groups that an instance follows. */
export function trackGroupsOf(instance: string, settings: Settings): TrackerModel[] {
  const followed = new Set(followedGroups(settings));
  return settings.trackGroups.flatMap(({ name, members }) =>
    followed.has(name) && members.includes(instance)
      ? [{ kind: "track-group" as const, name, weight: 0, reverse: false }]
      : [],
  );
}

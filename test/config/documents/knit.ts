// Makes the parts of a random document know each other: members of groups are instances that are there, and so is what is followed.

type Fields = Readonly<Record<string, unknown>>;

/** The document with names that name something. */
export function knit(document: Fields): Fields {
  const names = [...new Set(named(document.vrrpInstances))];
  const groups = (value: unknown) =>
    names.length === 0 ? [] : list(value).map((group) => ({ ...group, members: names }));
  const existing = {
    trackScripts: "trackedScripts",
    trackProcesses: "trackedProcesses",
    trackFiles: "trackedFiles",
    trackBfdSessions: "bfdSessions",
  };
  const follow = (one: Fields): Fields => {
    const kept = Object.entries(existing).flatMap(([field, pool]) => {
      const there = named(document[pool]);
      return one[field] === undefined
        ? []
        : [[field, unique(one[field]).filter((name) => there.includes(nameOf(name)))]];
    });
    const interfaces = one.trackInterfaces === undefined ? {} : { trackInterfaces: unique(one.trackInterfaces) };
    return { ...one, ...interfaces, ...Object.fromEntries(kept) };
  };
  return {
    ...document,
    ...(document.vrrpInstances !== undefined && { vrrpInstances: list(document.vrrpInstances).map(follow) }),
    ...(document.vrrpSyncGroups !== undefined && { vrrpSyncGroups: groups(document.vrrpSyncGroups).map(follow) }),
    ...(document.trackGroups !== undefined && { trackGroups: groups(document.trackGroups) }),
  };
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value : [];
}

function named(value: unknown): string[] {
  return list(value).map(nameOf);
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value : String((value as Fields).name);
}

/** Each name once. */
function unique(value: unknown): unknown[] {
  const all = value as readonly unknown[];
  return all.filter((one, index) => all.findIndex((other) => nameOf(other) === nameOf(one)) === index);
}

// The rules about what is followed, and about instances that move together: names that lead nowhere, weights that cannot count.

import { type Finding, type Path, pathText } from "../issue.ts";
import type { Settings, SyncGroupSettings, VrrpInstanceSettings } from "../schema/settings.ts";
import { nearest } from "../suggest.ts";
import { breach, doubt, duplicates } from "./breach.ts";
import type { Entry, Tracking } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;
type Follows = VrrpInstanceSettings["trackScripts"][number];

/** Everything that is wrong or doubtful about what is followed. */
export function trackingBreaches(tracking: Tracking, instances: readonly Instance[]): Finding[] {
  const { scripts, processes, files, delays, groups } = tracking;
  return [
    ...unique(scripts, "script"),
    ...unique(processes, "process"),
    ...unique(files, "file"),
    ...unique(groups, "sync group"),
    ...duplicates(
      delays,
      ({ interface: link }) => link,
      (_, first) => `this interface already has delays at ${pathText(first)}`,
      "interface",
    ),
    ...[...instances, ...groups].flatMap((entry) => references(entry, tracking)),
    ...instances.flatMap(ownerWeights),
    ...instances.flatMap(ownInterface),
    ...processes.flatMap(quorums),
    ...scripts.flatMap((entry) => slowness(entry)),
    ...userOfScripts(tracking),
    ...groups.flatMap((group) => membership(group, tracking, instances)),
    ...sharedMembers(groups),
    ...instances.flatMap((instance) => weightsInGroup(instance, groups)),
  ];
}

function unique(entries: readonly Entry<{ readonly name: string }>[], what: string): Finding[] {
  return duplicates(
    entries,
    ({ name }) => name,
    ({ name }, first) => `${what} ${JSON.stringify(name)} is already defined at ${pathText(first)}`,
    "name",
  );
}

const lists = [
  ["trackScripts", "trackedScripts", "script"],
  ["trackProcesses", "trackedProcesses", "process"],
  ["trackFiles", "trackedFiles", "file"],
  ["trackBfdSessions", "bfdSessions", "BFD session"],
] as const;

function references(entry: Entry<Pick<SyncGroupSettings, (typeof lists)[number][0]>>, { names }: Tracking): Finding[] {
  return lists.flatMap(([key, list, what]) => unknownNames([...entry.path, key], entry.value[key], names[list], what));
}

function unknownNames(path: Path, follows: readonly Follows[], known: ReadonlySet<string>, what: string): Finding[] {
  return follows.flatMap(({ name }, index) =>
    known.has(name)
      ? []
      : [unknown([...path, index, "name"], `there is no ${what} ${JSON.stringify(name)}`, name, known)],
  );
}

function unknown(path: Path, message: string, name: string, known: ReadonlySet<string>): Finding {
  const suggestion = nearest(name, [...known]);
  return { ...breach(path, message), ...(suggestion !== undefined && { suggestion }) };
}

const kinds = ["trackInterfaces", "trackScripts", "trackProcesses", "trackFiles", "trackBfdSessions"] as const;

/** The owner's priority is 255 whatever happens: only faults count. */
function ownerWeights({ path, value }: Instance): Finding[] {
  if (value.priority !== 255) return [];
  return kinds.flatMap((kind) =>
    value[kind].flatMap(({ weight }, index) =>
      weight === undefined || weight === 0
        ? []
        : [
            doubt(
              [...path, kind, index, "weight"],
              "has no effect: the address owner's priority stays 255",
              "weight 0",
            ),
          ],
    ),
  );
}

function ownInterface({ path, value }: Instance): Finding[] {
  return value.trackInterfaces.flatMap(({ name }, index) =>
    name === value.interface && value.trackPrimary
      ? [
          doubt(
            [...path, "trackInterfaces", index],
            `${name} is the instance's own interface: it is followed in any case`,
          ),
        ]
      : [],
  );
}

function quorums({ path, value }: Entry<Settings["trackedProcesses"][number]>): Finding[] {
  const { quorum, quorumMax } = value;
  if (quorumMax === undefined || quorumMax >= quorum) return [];
  return [breach([...path, "quorumMax"], `${quorumMax} is less than the quorum of ${quorum}`, `at least ${quorum}`)];
}

function slowness({ path, value: { timeout, interval } }: Entry<Settings["trackedScripts"][number]>): Finding[] {
  if (timeout === undefined || timeout <= interval) return [];
  return [doubt([...path, "timeout"], "is longer than the interval: a slow run delays the next one")];
}

/** keepalived would run them as root. */
function userOfScripts({ scripts, hasUser }: Tracking): Finding[] {
  const first = hasUser ? undefined : scripts.find(({ value }) => value.user === undefined);
  if (first === undefined) return [];
  const message = "nobody says whom it runs as: it is keepalived_script where that user exists, else nobody";
  return [doubt([...first.path, "command"], message, "programs.user, or a user of its own")];
}

function membership(
  { path, value: { members } }: Entry<SyncGroupSettings>,
  { names }: Tracking,
  instances: readonly Instance[],
): Finding[] {
  const missing = members.flatMap((member, index) =>
    names.vrrpInstances.has(member)
      ? []
      : [
          unknown(
            [...path, "members", index],
            `there is no VRRP instance ${JSON.stringify(member)}`,
            member,
            names.vrrpInstances,
          ),
        ],
  );
  const alone =
    new Set(members).size === 1
      ? [doubt([...path, "members"], "a group of one instance has no effect", "at least two instances")]
      : [];
  return [...missing, ...alone, ...mixedOwners(path, members, instances)];
}

/** An owner begins as master; in a group it would do so alone. */
function mixedOwners(path: Path, members: readonly string[], instances: readonly Instance[]): Finding[] {
  const own = instances.filter(({ value }) => members.includes(value.name));
  const owners = own.filter(({ value }) => value.priority === 255);
  if (owners.length === 0 || owners.length === own.length) return [];
  const message = `${owners[0]?.value.name} owns its addresses (priority 255) and others of the group do not: they cannot move together`;
  return [breach([...path, "members"], message, "priority 255 for all of them, or for none")];
}

function sharedMembers(groups: readonly Entry<SyncGroupSettings>[]): Finding[] {
  const members = groups.flatMap(({ path, value }) =>
    value.members.map((member, index) => ({ path: [...path, "members", index], value: member })),
  );
  return duplicates(
    members,
    (member) => member,
    (member, first) => `VRRP instance ${JSON.stringify(member)} is already in a group at ${pathText(first)}`,
  );
}

/** keepalived's rule: members that move together have one priority, unless the group says otherwise. */
function weightsInGroup({ path, value }: Instance, groups: readonly Entry<SyncGroupSettings>[]): Finding[] {
  const group = groups.find((one) => one.value.members.includes(value.name));
  if (group === undefined || group.value.trackingWeight) return [];
  return kinds.flatMap((kind) =>
    value[kind].flatMap(({ weight }, index) =>
      weight === undefined || weight === 0
        ? []
        : [
            doubt(
              [...path, kind, index],
              `is not followed: a member of sync group ${JSON.stringify(group.value.name)} has no weights of its own`,
              "tracking_weight: true in the group, or the tracker in the group",
            ),
          ],
    ),
  );
}

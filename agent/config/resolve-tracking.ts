// What is followed, of settings to that of the model: who follows what, with which weight, by itself and as a member of a group.

import type {
  TrackedProcessModel,
  TrackedScriptModel,
  TrackerKind,
  TrackerModel,
  VrrpInstanceModel,
  VrrpModel,
} from "./model.ts";
import { resolveProgram } from "./resolve-program.ts";
import { trackGroupsOf } from "./resolve-track-groups.ts";
import type { Settings, SyncGroupSettings, VrrpInstanceSettings } from "./schema/settings.ts";

type Follows = VrrpInstanceSettings["trackScripts"][number];
type Followed = Pick<
  SyncGroupSettings,
  "trackInterfaces" | "trackScripts" | "trackProcesses" | "trackFiles" | "trackBfdSessions"
>;

/** What keepalived counts where no weight is said. */
const usualWeights: Readonly<Record<TrackerKind, number>> = {
  interface: 0,
  script: 0,
  process: 0,
  file: 1,
  "track-group": 0,
  bfd: 0,
};

/** The fields of an instance's model about what it follows. */
export function followedBy(
  instance: VrrpInstanceSettings,
  settings: Settings,
): Pick<VrrpInstanceModel, "trackers" | "ignoresOwnLink"> {
  const group = settings.vrrpSyncGroups.find(({ members }) => members.includes(instance.name));
  const own = trackersOf(instance, settings);
  const counting = group === undefined || group.trackingWeight ? own : own.filter(isWithoutWeight);
  const groups = trackGroupsOf(instance.name, settings);
  const trackers = [...counting, ...groups, ...(group === undefined ? [] : trackersOf(group, settings))];
  return {
    ...(trackers.length > 0 && { trackers }),
    ...(!instance.trackPrimary && { ignoresOwnLink: true }),
  };
}

/** Whether a fault is all that it can lead to: what keepalived lets a member of a sync group follow by itself. */
export function isWithoutWeight({ weight }: TrackerModel): boolean {
  return weight === 0;
}

/** Everything that an instance or a group says it follows. */
export function trackersOf(followed: Followed, settings: Settings): TrackerModel[] {
  const lists = [
    ["interface", followed.trackInterfaces, []],
    ["script", followed.trackScripts, settings.trackedScripts],
    ["process", followed.trackProcesses, settings.trackedProcesses],
    ["file", followed.trackFiles, settings.trackedFiles],
    ["bfd", followed.trackBfdSessions, settings.bfdSessions],
  ] as const;
  return lists.flatMap(([kind, list, defined]) =>
    list.map((follows) =>
      trackerOf(
        kind,
        follows,
        defined.find(({ name }) => name === follows.name),
      ),
    ),
  );
}

function trackerOf(
  kind: TrackerKind,
  { name, weight, reverse }: Follows,
  defined: { readonly weight?: number | undefined; readonly reverse?: boolean | undefined } | undefined,
): TrackerModel {
  return {
    kind,
    name,
    weight: weight ?? defined?.weight ?? usualWeights[kind],
    reverse: reverse ?? (weight === undefined ? defined?.reverse : undefined) ?? false,
  };
}

/** The scripts, processes and files of the model, where there are any. */
export function watchedOf(settings: Settings): Pick<VrrpModel, "watched"> {
  const { trackedScripts, trackedProcesses, trackedFiles } = settings;
  if (trackedScripts.length + trackedProcesses.length + trackedFiles.length === 0) return {};
  return {
    watched: {
      programs: { user: settings.programs.user, group: settings.programs.group, secure: settings.programs.secure },
      scripts: trackedScripts.map(scriptOf),
      processes: trackedProcesses.map(processOf),
      files: trackedFiles.map(({ name, file, initialValue, overwrite }) => ({ name, file, initialValue, overwrite })),
    },
  };
}

function scriptOf(script: Settings["trackedScripts"][number]): TrackedScriptModel {
  const { name, interval, rise, fall, initiallyFailed } = script;
  const timeout = script.timeout ?? interval;
  return { name, program: resolveProgram(script), interval, timeout, rise, fall, initiallyFailed };
}

function processOf(tracked: Settings["trackedProcesses"][number]): TrackedProcessModel {
  const { name, process, fullCommand, quorum, quorumMax, forkDelay, terminateDelay } = tracked;
  const { parameters, parameterMatch } = tracked;
  const compares = parameters.length > 0 || parameterMatch !== undefined;
  return {
    name,
    process,
    fullCommand,
    parameters: compares ? { match: parameterMatch ?? "exact", list: parameters } : undefined,
    quorum,
    quorumMax,
    forkDelay,
    terminateDelay,
  };
}

/** The delays of the model, where there are any. */
export function interfaceDelaysOf({ interfaceDelays }: Settings): Pick<VrrpModel, "interfaceDelays"> {
  return interfaceDelays.length === 0 ? {} : { interfaceDelays };
}

/** The groups of the model, where there are any. */
export function syncGroupsOf({ vrrpSyncGroups }: Settings): Pick<VrrpModel, "syncGroups"> {
  if (vrrpSyncGroups.length === 0) return {};
  return { syncGroups: vrrpSyncGroups.map(({ name, members }) => ({ name, members })) };
}

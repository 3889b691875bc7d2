// The settings of what is followed, and of sync groups, to the wire and back.

import type { Settings, SyncGroupSettings, VrrpInstanceSettings } from "../../config/schema/settings.ts";
import type { Config, VrrpInstance } from "../gen/vipward/v1/config.pb.ts";
import {
  type Follows,
  type SyncGroup,
  type TrackedFile,
  type TrackedProcess,
  TrackedProcess_ParameterMatch,
  type TrackedScript,
} from "../gen/vipward/v1/tracking.pb.ts";
import { EnumWords } from "./enums.ts";
import { notifyDocument, notifyOf } from "./notifications.ts";
import { type DocumentObject, list, present } from "./present.ts";
import { durationOf, durationText, optionalDuration } from "./time.ts";

const matches = new EnumWords<"exact" | "partial" | "initial", TrackedProcess_ParameterMatch>({
  exact: TrackedProcess_ParameterMatch.PARAMETER_MATCH_EXACT,
  partial: TrackedProcess_ParameterMatch.PARAMETER_MATCH_PARTIAL,
  initial: TrackedProcess_ParameterMatch.PARAMETER_MATCH_INITIAL,
});

type FollowedLists = "trackInterfaces" | "trackScripts" | "trackProcesses" | "trackFiles" | "trackBfdSessions";
type TrackingLists = "trackedScripts" | "trackedProcesses" | "trackedFiles" | "interfaceDelays" | "vrrpSyncGroups";

/** The lists of a configuration about what is followed, on the wire. */
export function trackingOf(settings: Settings): Pick<Config, TrackingLists> {
  return {
    trackedScripts: settings.trackedScripts.map(trackedScript),
    trackedProcesses: settings.trackedProcesses.map(trackedProcess),
    trackedFiles: settings.trackedFiles.map(trackedFile),
    interfaceDelays: settings.interfaceDelays.map(({ interface: link, down, up }) => ({
      interface: link,
      down: durationOf(down),
      up: durationOf(up),
    })),
    vrrpSyncGroups: settings.vrrpSyncGroups.map(syncGroup),
  };
}

/** What an instance follows, on the wire. */
export function instanceTrackingOf(instance: VrrpInstanceSettings): Pick<VrrpInstance, FollowedLists | "trackPrimary"> {
  return { ...followedOf(instance), trackPrimary: instance.trackPrimary };
}

function followedOf(followed: Pick<SyncGroupSettings, FollowedLists>): Pick<SyncGroup, FollowedLists> {
  return {
    trackInterfaces: followed.trackInterfaces.map(follows),
    trackScripts: followed.trackScripts.map(follows),
    trackProcesses: followed.trackProcesses.map(follows),
    trackFiles: followed.trackFiles.map(follows),
    trackBfdSessions: followed.trackBfdSessions.map(follows),
  };
}

function follows({ name, weight, reverse }: SyncGroupSettings["trackScripts"][number]): Follows {
  return { name, weight, reverse };
}

function trackedScript(script: Settings["trackedScripts"][number]): TrackedScript {
  const { name, command, interval, timeout, weight, reverse, rise, fall, initiallyFailed, user, group } = script;
  const counts = { weight, reverse, rise, fall, initiallyFailed };
  const times = { interval: durationOf(interval), timeout: optionalDuration(timeout) };
  return { name, command: [...command], ...times, ...counts, user, group };
}

function trackedProcess(tracked: Settings["trackedProcesses"][number]): TrackedProcess {
  const { name, process, fullCommand, quorum, quorumMax, weight, reverse } = tracked;
  return {
    ...{ name, process, fullCommand, quorum, quorumMax, weight, reverse },
    parameters: [...tracked.parameters],
    parameterMatch: matches.value(tracked.parameterMatch),
    forkDelay: durationOf(tracked.forkDelay),
    terminateDelay: durationOf(tracked.terminateDelay),
  };
}

function trackedFile(tracked: Settings["trackedFiles"][number]): TrackedFile {
  const { name, file, weight, reverse, initialValue, overwrite } = tracked;
  return { name, file, weight, reverse, initialValue, overwrite };
}

function syncGroup(group: SyncGroupSettings): SyncGroup {
  const { name, members, trackingWeight } = group;
  return { name, members: [...members], ...followedOf(group), trackingWeight, notify: notifyOf(group.notify) };
}

/** The lists of a document about what is followed. */
export function trackingFields(config: Config): DocumentObject {
  return {
    trackedScripts: list(config.trackedScripts, scriptDocument),
    trackedProcesses: list(config.trackedProcesses, processDocument),
    trackedFiles: list(config.trackedFiles, fileDocument),
    interfaceDelays: list(config.interfaceDelays, (delay) =>
      present({
        interface: given(delay.interface),
        down: durationText(delay.down),
        up: durationText(delay.up),
      }),
    ),
    vrrpSyncGroups: list(config.vrrpSyncGroups, groupDocument),
  };
}

/** The fields of a document about what an instance follows. */
export function instanceTrackingFields(instance: VrrpInstance): DocumentObject {
  return { ...followedFields(instance), trackPrimary: instance.trackPrimary };
}

function followedFields(message: Pick<SyncGroup, FollowedLists>): DocumentObject {
  return {
    trackInterfaces: list(message.trackInterfaces, followsDocument),
    trackScripts: list(message.trackScripts, followsDocument),
    trackProcesses: list(message.trackProcesses, followsDocument),
    trackFiles: list(message.trackFiles, followsDocument),
    trackBfdSessions: list(message.trackBfdSessions, followsDocument),
  };
}

function followsDocument({ name, weight, reverse }: Follows): DocumentObject {
  return present({ name: given(name), weight, reverse });
}

function scriptDocument(script: TrackedScript): DocumentObject {
  const { weight, reverse, rise, fall, initiallyFailed, user, group } = script;
  return present({
    name: given(script.name),
    command: list(script.command, (word) => word),
    interval: durationText(script.interval),
    timeout: durationText(script.timeout),
    ...{ weight, reverse, rise, fall, initiallyFailed, user, group },
  });
}

function processDocument(tracked: TrackedProcess): DocumentObject {
  const { fullCommand, quorum, quorumMax, weight, reverse } = tracked;
  return present({
    name: given(tracked.name),
    process: given(tracked.process),
    parameters: list(tracked.parameters, (word) => word),
    parameterMatch: matches.word(tracked.parameterMatch),
    ...{ fullCommand, quorum, quorumMax, weight, reverse },
    forkDelay: durationText(tracked.forkDelay),
    terminateDelay: durationText(tracked.terminateDelay),
  });
}

function fileDocument(tracked: TrackedFile): DocumentObject {
  const { weight, reverse, initialValue, overwrite } = tracked;
  return present({ name: given(tracked.name), file: given(tracked.file), weight, reverse, initialValue, overwrite });
}

function groupDocument(group: SyncGroup): DocumentObject {
  return present({
    name: given(group.name),
    members: list(group.members, (member) => member),
    ...followedFields(group),
    trackingWeight: group.trackingWeight,
    notify: group.notify && notifyDocument(group.notify),
  });
}

/** An empty text on the wire is a field that is not set. */
function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}

// What the rules look at: the elements of a document, each with its place.

import type { Path } from "../issue.ts";
import type { RouteSettings, RuleSettings } from "../schema/routing.ts";
import type { Settings, SyncGroupSettings, VirtualServerSettings, VrrpInstanceSettings } from "../schema/settings.ts";
import type { VirtualAddressSettings } from "../schema/virtual-address.ts";

/** One element of a list with its place in the document. */
export interface Entry<T> {
  readonly path: Path;
  readonly value: T;
}

/** What the rules look at: the elements that are well formed in themselves. */
export interface Entries {
  readonly general: Settings["vrrp"];
  readonly instances: readonly Entry<VrrpInstanceSettings>[];
  readonly servers: readonly Entry<VirtualServerSettings>[];
  readonly notifications: Entry<Settings["notifications"]> | undefined;
  readonly statics: StaticEntries;
  readonly tracking: Tracking;
  readonly bfdSessions: readonly Entry<Settings["bfdSessions"][number]>[];
  readonly trackGroups: TrackGroups;
  readonly syncDaemon: Entry<NonNullable<Settings["syncDaemon"]>> | undefined;
}

/** The static objects. */
export interface StaticEntries {
  readonly addresses: readonly Entry<VirtualAddressSettings>[];
  readonly routes: readonly Entry<RouteSettings>[];
  readonly rules: readonly Entry<RuleSettings>[];
}

/** What the rules look at. */
export interface Tracking {
  readonly scripts: readonly Entry<Settings["trackedScripts"][number]>[];
  readonly processes: readonly Entry<Settings["trackedProcesses"][number]>[];
  readonly files: readonly Entry<Settings["trackedFiles"][number]>[];
  readonly delays: readonly Entry<Settings["interfaceDelays"][number]>[];
  readonly groups: readonly Entry<SyncGroupSettings>[];
  /** Whether a user for scripts is configured. */
  readonly hasUser: boolean;
  /** Names of what is there, also of what is not well formed: nobody is told of a missing script because of a misspelled field of it. */
  readonly names: Readonly<Record<NamedList, ReadonlySet<string>>>;
}

/** The lists whose elements are referred to by name. */
export type NamedList = "trackedScripts" | "trackedProcesses" | "trackedFiles" | "vrrpInstances" | "bfdSessions";

/** The groups with their places, and the names of those that there are, well formed or not. */
export interface TrackGroups {
  readonly groups: readonly Entry<Settings["trackGroups"][number]>[];
  readonly names: ReadonlySet<string>;
}

// What is followed, resolved: every weight filled in, every group's trackers given to its members. Types only; model.ts hands them on.

import type { Milliseconds } from "../base/duration.ts";
import type { ProgramModel, ProgramsModel } from "./notification-model.ts";

/** The kinds of things that can be followed. */
export type TrackerKind = "interface" | "script" | "process" | "file" | "track-group" | "bfd";

/** One thing that an instance follows. */
export interface TrackerModel {
  readonly kind: TrackerKind;
  readonly name: string;
  /** Above 0: added while it is up; below 0: taken off while it is down; 0: fault while it is down. Of a file: what its number is multiplied with. */
  readonly weight: number;
  /** Counts the other way round. */
  readonly reverse: boolean;
}

/** A script that is run again and again. */
export interface TrackedScriptModel {
  readonly name: string;
  readonly program: ProgramModel;
  readonly interval: Milliseconds;
  readonly timeout: Milliseconds;
  readonly rise: number;
  readonly fall: number;
  readonly initiallyFailed: boolean;
}

/** A process that must run. */
export interface TrackedProcessModel {
  readonly name: string;
  readonly process: string;
  readonly fullCommand: boolean;
  /** Undefined: whatever it has. */
  readonly parameters:
    | { readonly match: "exact" | "partial" | "initial"; readonly list: readonly string[] }
    | undefined;
  readonly quorum: number;
  readonly quorumMax: number | undefined;
  readonly forkDelay: Milliseconds;
  readonly terminateDelay: Milliseconds;
}

/** A file with a number in it. */
export interface TrackedFileModel {
  readonly name: string;
  readonly file: string;
  readonly initialValue: number | undefined;
  readonly overwrite: boolean;
}

/** How long a change of an interface must last before it counts. */
export interface InterfaceDelayModel {
  readonly interface: string;
  readonly down: Milliseconds;
  readonly up: Milliseconds;
}

/** What a process outside of the vrrp process watches. */
export interface WatchedModel {
  /** False: the agent was started without the permission to run programs. They are, unless said. */
  readonly runsScripts?: boolean;
  readonly programs: ProgramsModel;
  readonly scripts: readonly TrackedScriptModel[];
  readonly processes: readonly TrackedProcessModel[];
  readonly files: readonly TrackedFileModel[];
}

/** Instances that move together. */
export interface SyncGroupModel {
  readonly name: string;
  /** Names of instances. */
  readonly members: readonly string[];
}

// What control gives to the keeper of a child, and what it can learn from it.

import type { CheckerMemory } from "../balancer/view.ts";
import type { Clock } from "../base/clock.ts";
import type { Milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Log, LogLevel } from "../base/log.ts";
import type { Event } from "../events/event.ts";
import type { SignalRelay } from "../kernel/signal-relay.ts";
import type { HeartbeatLimits } from "./core/heartbeat.ts";
import type { ChildConfiguration, ChildRole } from "./protocol.ts";
import type { Spawned } from "./spawn.ts";

/** What control gives to the keeper of a child. */
export interface ChildOptions<Role extends ChildRole> {
  readonly role: Role;
  readonly build: string;
  readonly runtimeDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: HeartbeatLimits & StopLimit;
  /** Starts the process; throws when the system cannot. */
  readonly spawn: (role: ChildRole) => Spawned;
  /** Whether this configuration gives the child something to do. */
  readonly hasWork: (configuration: ChildConfiguration[Role]) => boolean;
  /** Takes what the child reports, with the time at which it happened (Unix milliseconds) where the child says it, and what happens to it. */
  readonly report: (event: Event, at?: number) => void;
  readonly onRemember: (memory: CheckerMemory) => void;
  /** A replacement could not take all of the configuration that its predecessor should have run. */
  readonly onNotRestored: () => void;
  /** The level that the child logs at now; unless given, the one that it was started with. */
  readonly logLevel?: () => LogLevel;
  /** Has the child hear of the end before control's own turn comes. */
  readonly relay?: SignalRelay;
}

/** How long a child may take to remove what it should, and its replacement to come for that. One that takes longer is killed. */
export interface StopLimit {
  readonly stop: Milliseconds;
}

/** A child's process: `needed` once there is or was something for it to do; `pid` is missing while none answers; `since`, when it started, is Unix milliseconds; `restarts` counts since control started. */
export interface ChildView {
  readonly role: ChildRole;
  readonly build: string;
  readonly needed: boolean;
  readonly pid?: number;
  readonly since: number;
  readonly restarts: number;
  readonly revision: number;
  readonly maxLatenessMs: number;
}

/** A child that was stopped: what it may have left behind, and when its process is gone; one that does not go is killed. */
export interface Stopped {
  readonly failures: readonly OperationFailure[];
  readonly gone: Promise<void>;
}

/** The configuration that a child should run: made when it is needed, so that what is remembered is fresh, and, when it is known what the child runs, so that
 * only what is other is sent. */
export interface DesiredConfiguration<Role extends ChildRole> {
  readonly revision: number;
  readonly configuration: (runs?: DesiredConfiguration<Role>) => ChildConfiguration[Role];
}

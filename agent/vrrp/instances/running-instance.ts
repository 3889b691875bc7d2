// One VRRP instance as the driver runs it: the core's state, and around it what only matters outside: since when, why, and the counters.

import type { Instant } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Environment } from "../core/instance-state.ts";
import { type InstanceState, initialize } from "../core/instance-state.ts";
import { emptyStory, type Story } from "../explaining/story.ts";
import type { InstanceCounters } from "../view.ts";

/** The counters of a running instance. */
export type Counters = { -readonly [Name in Exclude<keyof InstanceCounters, "refused" | "failed">]: number } & {
  readonly refused: Record<string, number>;
  readonly failed: Record<string, number>;
};

/** A VRRP instance that runs. Only the driver changes it. */
export interface RunningInstance {
  /** Its place in the file of last advertisements. */
  readonly slot: number;
  /** What holds: as configured, with the effective priority. */
  config: VrrpInstanceModel;
  configured: VrrpInstanceModel;
  state: InstanceState;
  /** What it finds around itself, and what that is together with its sync group. */
  own: Environment;
  environment: Environment;
  /** The sentence of a tracker that puts it in fault. */
  trackerFault: string | undefined;
  /** Whether each of its heartbeat paths was last told as one that can be used. */
  toldPaths: readonly boolean[];
  /** Since when it is in its state, Unix milliseconds, and the sentence that says why. */
  since: number;
  reason: string;
  readonly counters: Counters;
  /** What is kept to explain it. */
  story: Story;
  /** When an advertisement was last accepted on the instance's own way. */
  ownWayHeardAt: Instant | undefined;
  /** What has been reported since the state last changed, so that it is said once: refused sources and rules, failed operations. */
  readonly said: Set<string>;
}

/** A new instance, before its startup. */
export function createInstance(config: VrrpInstanceModel, slot: number, wall: number): RunningInstance {
  return {
    slot,
    config,
    configured: config,
    state: initialize,
    own: { ready: false, missing: "interface" },
    environment: { ready: false, missing: "interface" },
    trackerFault: undefined,
    toldPaths: [],
    since: wall,
    reason: "configured",
    counters: {
      advertisementsSent: 0,
      advertisementsReceived: 0,
      priorityZeroSent: 0,
      priorityZeroReceived: 0,
      becameMaster: 0,
      releasedMaster: 0,
      announcementsSent: 0,
      addressClaims: 0,
      refused: {},
      failed: {},
    },
    story: emptyStory(),
    ownWayHeardAt: undefined,
    said: new Set(),
  };
}

/** Whether this is said for the first time since the state changed. Strangers choose their addresses, so there is a limit. */
export function isNew(instance: RunningInstance, what: string): boolean {
  if (instance.said.has(what) || instance.said.size >= mostSaid) return false;
  instance.said.add(what);
  return true;
}

const mostSaid = 64;

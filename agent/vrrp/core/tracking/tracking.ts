// What an instance follows beside its own interface, and what that makes of its priority: keepalived's rules for track_interface, track_script,
// track_process, track_file and track_bfd. Several count together. A tracker with weight 0 can only be a fault.

import type { TrackerKind, TrackerModel } from "../../../config/model.ts";
import { ownerPriority } from "../initialize-rows.ts";

/** What is known of something that is followed. */
export interface TrackerReading {
  readonly up: boolean;
  /** The number in a file. */
  readonly value?: number;
  /** It does not count in either direction yet. */
  readonly undecided?: true;
  /** Why it is down, or that it is up: a clause that continues the name of the tracker. */
  readonly reason: string;
}

/** What the trackers of an instance come to. */
export interface TrackingResult {
  readonly effectivePriority: number;
  /** The sentence of the first tracker that is a fault. */
  readonly fault: string | undefined;
}

/** Gives what is known of a tracker. */
export type ReadTracker = (kind: TrackerKind, name: string) => TrackerReading;

/** Weighs the trackers of an instance with this configured priority. */
export function weighTrackers(priority: number, trackers: readonly TrackerModel[], read: ReadTracker): TrackingResult {
  const effects = trackers.map((tracker) => effectOf(tracker, read(tracker.kind, tracker.name)));
  const total = effects.reduce((sum, { priority: change }) => sum + change, priority);
  return {
    effectivePriority: priority === ownerPriority ? priority : Math.min(Math.max(total, 1), ownerPriority - 1),
    fault: effects.find(({ fault }) => fault !== undefined)?.fault,
  };
}

interface TrackerEffect {
  readonly priority: number;
  readonly fault?: string;
}

function effectOf(tracker: TrackerModel, reading: TrackerReading): TrackerEffect {
  return tracker.kind === "file" ? fileEffect(tracker, reading) : stateEffect(tracker, reading);
}

/** Above 0 a weight counts while the tracker is up, below 0 while it is down; reverse changes the direction. */
function stateEffect(tracker: TrackerModel, reading: TrackerReading): TrackerEffect {
  const { weight, reverse } = tracker;
  if (reading.undecided === true) return none;
  if (weight === 0) return reading.up === reverse ? { priority: 0, fault: sentence(tracker, reading.reason) } : none;
  const counts = reading.up === weight > 0;
  return counts ? { priority: reverse ? -weight : weight } : none;
}

/** The number times the weight is added; below -253 it is a fault, and with weight 0 whatever is not 0 is one. */
function fileEffect(tracker: TrackerModel, { value = 0 }: TrackerReading): TrackerEffect {
  const { weight, reverse } = tracker;
  if (weight === 0)
    return (value !== 0) === reverse
      ? none
      : { priority: 0, fault: sentence(tracker, `says ${value}, expected ${reverse ? "another number than 0" : 0}`) };
  const change = value * (reverse ? -weight : weight);
  if (change >= leastOfFile) return { priority: change };
  return {
    priority: change,
    fault: sentence(tracker, `says ${value}, which with its weight is ${change}: below ${leastOfFile}`),
  };
}

/** The least that a file may take off. */
const leastOfFile = -253;

const none: TrackerEffect = { priority: 0 };

function sentence({ kind, name }: TrackerModel, reason: string): string {
  return `tracked ${kind} ${JSON.stringify(name)} ${reason}`;
}

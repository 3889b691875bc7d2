// The port to whatever follows scripts, processes and files: none of that is done in the vrrp process, because each may wait for a disk.

import type { TrackerKind, WatchedModel } from "../../config/model.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";

/** What a watcher has found. */
export interface Finding {
  readonly kind: Exclude<TrackerKind, "interface" | "bfd">;
  readonly name: string;
  readonly reading: TrackerReading;
}

/** Follows what is configured, and tells of every change. */
export interface Watcher {
  /** Follows this from now on; undefined: nothing. What is the same keeps what is known of it. */
  configure(watched: WatchedModel | undefined): void;
  close(): void;
}

/** Makes a watcher. */
export type CreateWatcher = (onFinding: (finding: Finding) => void) => Watcher;

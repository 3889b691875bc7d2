// When a real server that is being drained is empty. It has weight 0, so that it gets no new connections; clients that persistence holds on to it
// still come back until their time is over, which is why they can be waited for too.

import type { Instant } from "../../base/duration.ts";

/** A wish to empty a real server before it is removed. */
export interface Drain {
  /** Until when at most; for ever unless given. */
  readonly deadline?: Instant;
  /** So many connections may be left. */
  readonly floor: number;
  /** Whether clients that are still bound to it by persistence count as connections. */
  readonly waitsForPersistence: boolean;
}

/** The connections of a destination, by the kernel. Inactive ones are closing, or of UDP: they keep nobody waiting. */
export interface DrainedConnections {
  readonly activeConnections: number;
  readonly persistentConnections: number;
}

/** How far a drain has come. `left`: connections that are still waited for. */
export type DrainProgress =
  | { readonly state: "draining"; readonly left: number }
  | { readonly state: "drained" }
  | { readonly state: "overdue"; readonly left: number };

/** Judges a drain by what the kernel has. */
export function drainProgress(drain: Drain, connections: DrainedConnections, now: Instant): DrainProgress {
  const { activeConnections, persistentConnections } = connections;
  const left = activeConnections + (drain.waitsForPersistence ? persistentConnections : 0);
  if (left <= drain.floor) return { state: "drained" };
  const isOverdue = drain.deadline !== undefined && now >= drain.deadline;
  return { state: isOverdue ? "overdue" : "draining", left };
}

// Decides whether a child that should speak every so often still lives. Pure: it is told the time.

import { after, elapsed, type Instant, type Milliseconds } from "../../base/duration.ts";

/** How long a child may be silent, also while it is busy with a configuration, and how often its watcher looks. */
export interface HeartbeatLimits {
  readonly silence: Milliseconds;
  readonly busySilence: Milliseconds;
  readonly look: Milliseconds;
}

/** What the watcher remembers: when it last heard from the child, and when it last looked. */
export interface HeartbeatState {
  readonly heardAt: Instant;
  readonly lookedAt: Instant;
}

/** A watch that begins now. */
export function beginHeartbeat(now: Instant): HeartbeatState {
  return { heardAt: now, lookedAt: now };
}

/** The child said something. */
export function heard(state: HeartbeatState, now: Instant): HeartbeatState {
  return { ...state, heardAt: now };
}

/** Looks at the clock: is the child hung? One that was given a configuration works on it before it says anything. A watcher that was itself stopped (its own look came much too late) learns nothing from the silence
 * and starts its watch again, or it would end healthy children after its own pause. */
export function look(
  state: HeartbeatState,
  limits: HeartbeatLimits,
  isBusy: boolean,
  now: Instant,
): { readonly state: HeartbeatState; readonly hung: boolean } {
  const own = elapsed(after(state.lookedAt, limits.look), now);
  if (own > limits.silence / 2) return { state: beginHeartbeat(now), hung: false };
  return {
    state: { ...state, lookedAt: now },
    hung: elapsed(state.heardAt, now) > (isBusy ? limits.busySilence : limits.silence),
  };
}

// Decides whether a child that should speak every so often still lives. Pure: it is told the time. It is asked when the silence may have become
// too long, and not before, so that a child that lives costs next to nothing.

import { after, elapsed, type Instant, instant, type Milliseconds } from "../../base/duration.ts";

/** How long a child may be silent, also while it is busy with a configuration, and how long its watcher waits before it looks a second time. */
export interface HeartbeatLimits {
  readonly silence: Milliseconds;
  readonly busySilence: Milliseconds;
  readonly look: Milliseconds;
}

/** What the watcher remembers: when it last heard from the child, when it should look next, and whether it did hear too little the last time. */
export interface HeartbeatState {
  readonly heardAt: Instant;
  readonly lookAt: Instant;
  readonly suspected: boolean;
}

/** A watch that begins now. */
export function beginHeartbeat({ silence }: HeartbeatLimits, now: Instant): HeartbeatState {
  return { heardAt: now, lookAt: after(now, silence), suspected: false };
}

/** The child said something. */
export function heard(state: HeartbeatState, now: Instant): HeartbeatState {
  return { ...state, heardAt: now };
}

/**
 * Looks at the clock: is the child hung? One that was given a configuration works on it before it says anything. A watcher that was busy may
 * not have read yet what the child said meanwhile: it looks a second time, and that look counts only when it is punctual. One that was itself
 * stopped for long learns nothing from the silence and starts its watch again, or it would end healthy children after its own pause.
 */
export function look(
  state: HeartbeatState,
  limits: HeartbeatLimits,
  isBusy: boolean,
  now: Instant,
): { readonly state: HeartbeatState; readonly hung: boolean } {
  const late = elapsed(state.lookAt, now);
  if (late > limits.silence / 2) return { state: beginHeartbeat(limits, now), hung: false };
  const dueAt = after(state.heardAt, isBusy ? limits.busySilence : limits.silence);
  // It may stop being busy before that.
  const lookAt = instant(Math.min(dueAt, after(now, limits.silence)));
  if (now < dueAt) return { state: { ...state, lookAt, suspected: false }, hung: false };
  const hung = state.suspected && late <= limits.look;
  return { state: { ...state, lookAt: after(now, limits.look), suspected: true }, hung };
}

// One checker: what it believes of its real server, and when it asks next. Pure; the driver keeps the clock and makes the probes.
//
//            start            deadline                 finished
//   idle ───────────► waiting ────────► probing ─────────────────► waiting
//
// keepalived's behaviour (its layer 4 and HTTP checkers): a server that was never checked is taken out after one failure, a known good
// one only after `retries` further attempts, and a single success brings it back. Ours: the delay counts from the start of one probe to
// the start of the next, so that a slow answer does not stretch it, and an attempt that could not be made says nothing about the server.

import { after, formatDuration, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { CheckerModel, FlapDampingModel } from "../../config/model.ts";
import { type Flaps, fell, heldUntil, noFlaps } from "./flap-damping.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";

/** How often a checker asks, how many failures it takes, and how often it may fall. */
export type CheckerPace = Pick<CheckerModel, "delay" | "retries" | "retryDelay" | "startDown" | "damping">;

/** What a checker is doing: nothing yet, waiting for its deadline, or waiting for the outcome of an attempt. */
export type CheckerPhase =
  | { readonly kind: "idle" }
  | { readonly kind: "waiting"; readonly until: Instant }
  | { readonly kind: "probing"; readonly since: Instant };

/** The state of one checker. */
export interface CheckerState {
  /** "unknown" until the first outcome, unless a verdict was remembered. */
  readonly verdict: "unknown" | "up" | "down";
  /** Why: the detail of the latest outcome that spoke for the verdict. */
  readonly reason: string;
  /** Failures since the last success. */
  readonly failuresInRow: number;
  /** The number of the latest attempt; only its outcome counts. */
  readonly attempt: number;
  readonly flaps: Flaps;
  readonly phase: CheckerPhase;
}

/** What happens to a checker. `spread` is how long the first probe waits, so that thousands do not fire at once. */
export type CheckerEvent =
  | { readonly kind: "start"; readonly spread: Milliseconds }
  | { readonly kind: "deadline" }
  /** Another checker probes the same now: this one waits for the same attempt. */
  | { readonly kind: "joined" }
  /** It asks no more until it is started again; what it says stands. */
  | { readonly kind: "suspended" }
  | { readonly kind: "finished"; readonly attempt: number; readonly outcome: ProbeOutcome };

/** What the driver has to do, in order. A verdict is an effect only when it changes. */
export type CheckerEffect =
  | { readonly kind: "start-probe"; readonly attempt: number }
  | { readonly kind: "verdict"; readonly up: boolean; readonly reason: string }
  /** It has fallen too often: it stays down, whatever it passes. After the verdict. */
  | { readonly kind: "held"; readonly falls: number; readonly until: Instant };

/** The state after an event, and what is to be done. */
export interface CheckerStep {
  readonly state: CheckerState;
  readonly effects: readonly CheckerEffect[];
}

/** How long a checker waits at least after an attempt that could not be made: the director is short of something, and asking faster makes it worse. */
export const shortagePause = milliseconds(1000);

/** A checker before its start. A remembered verdict holds until a probe says otherwise. */
export function newChecker(
  remembered?: { readonly up: boolean; readonly reason: string },
  flaps: Flaps = noFlaps,
): CheckerState {
  const unmoved = { failuresInRow: 0, attempt: 0, flaps, phase: idle } as const;
  if (remembered === undefined) return { verdict: "unknown", reason: "not checked yet", ...unmoved };
  return { verdict: remembered.up ? "up" : "down", reason: remembered.reason, ...unmoved };
}

const idle = { kind: "idle" } as const;

/** Takes the checker through one event. Late outcomes of older attempts, and deadlines that are early or repeated, change nothing. */
export function step(pace: CheckerPace, state: CheckerState, event: CheckerEvent, now: Instant): CheckerStep {
  switch (event.kind) {
    case "start":
      return { state: waiting(state, after(now, event.spread)), effects: [] };
    case "deadline":
      return isDue(state, now) ? startProbe(state, now) : { state, effects: [] };
    case "joined":
      return state.phase.kind === "waiting" ? startProbe(state, now) : { state, effects: [] };
    case "suspended":
      return { state: { ...state, phase: { kind: "idle" } }, effects: [] };
    case "finished":
      return event.attempt === state.attempt && state.phase.kind === "probing"
        ? judge(pace, state, state.phase.since, event.outcome, now)
        : { state, effects: [] };
  }
}

/** When the checker wants to be called next; undefined while it waits for an outcome. */
export function nextDeadline(state: CheckerState): Instant | undefined {
  return state.phase.kind === "waiting" ? state.phase.until : undefined;
}

/** The state under another pace: history stays, and the next probe comes no later than the new delay asks for. */
export function repace(pace: CheckerPace, state: CheckerState, now: Instant): CheckerState {
  const latest = after(now, pace.delay);
  return state.phase.kind === "waiting" && state.phase.until > latest ? waiting(state, latest) : state;
}

/** Whether the checker lets its real server be in the pool. One that knows nothing yet does, unless it starts down (keepalived's alpha). */
export function saysUp(pace: Pick<CheckerPace, "startDown">, state: Pick<CheckerState, "verdict">): boolean {
  return state.verdict === "up" || (state.verdict === "unknown" && !pace.startDown);
}

function isDue(state: CheckerState, now: Instant): boolean {
  return state.phase.kind === "waiting" && now >= state.phase.until;
}

function startProbe(state: CheckerState, now: Instant): CheckerStep {
  const attempt = state.attempt + 1;
  return {
    state: { ...state, attempt, phase: { kind: "probing", since: now } },
    effects: [{ kind: "start-probe", attempt }],
  };
}

function judge(
  pace: CheckerPace,
  state: CheckerState,
  started: Instant,
  outcome: ProbeOutcome,
  now: Instant,
): CheckerStep {
  const regular = later(after(started, pace.delay), now);
  switch (outcome.kind) {
    case "passed": {
      const held = state.verdict === "down" ? heldUntil(pace.damping, state.flaps, now) : undefined;
      if (held !== undefined) return keepOut(pace, state, earlier(regular, held), outcome.detail);
      return settle({ ...waiting(state, regular), failuresInRow: 0 }, "up", outcome.detail);
    }
    case "failed": {
      const failuresInRow = state.failuresInRow + 1;
      const isPatient = state.verdict === "up" && failuresInRow <= pace.retries;
      if (isPatient) return { state: { ...waiting(state, after(now, pace.retryDelay)), failuresInRow }, effects: [] };
      const down = settle({ ...waiting(state, regular), failuresInRow }, "down", outcome.detail);
      return state.verdict === "up" && pace.damping !== undefined ? damp(pace.damping, down, now) : down;
    }
    case "not-made":
      return { state: waiting(state, after(now, longer(pace.retryDelay, shortagePause))), effects: [] };
  }
}

function settle(state: CheckerState, verdict: "up" | "down", reason: string): CheckerStep {
  const effects: CheckerEffect[] = state.verdict === verdict ? [] : [{ kind: "verdict", up: verdict === "up", reason }];
  return { state: { ...state, verdict, reason }, effects };
}

/** It passes, and stays down; it is asked again at the end of the hold at the latest. */
function keepOut({ damping }: CheckerPace, state: CheckerState, until: Instant, detail: string): CheckerStep {
  const times = `${damping?.falls} times within ${formatDuration(damping?.within ?? milliseconds(0))}`;
  const reason = `it went down ${times}, and is kept out although it passes: ${detail}`;
  return { state: { ...waiting(state, until), failuresInRow: 0, reason }, effects: [] };
}

function damp(damping: FlapDampingModel, { state, effects }: CheckerStep, now: Instant): CheckerStep {
  const flaps = fell(damping, state.flaps, now);
  const held: readonly CheckerEffect[] =
    flaps.heldUntil === undefined ? [] : [{ kind: "held", falls: flaps.falls.length, until: flaps.heldUntil }];
  return { state: { ...state, flaps }, effects: [...effects, ...held] };
}

function waiting(state: CheckerState, until: Instant): CheckerState {
  return { ...state, phase: { kind: "waiting", until } };
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

function longer(a: Milliseconds, b: Milliseconds): Milliseconds {
  return a > b ? a : b;
}

// What the driver keeps of one checker besides the core's state: whose it is, its history for people, and the attempt that is running.

import type { CheckerMemory, CheckerView, ProbeView } from "../balancer/view.ts";
import type { Clock } from "../base/clock.ts";
import { elapsed, type Instant, instant } from "../base/duration.ts";
import type { CheckerModel, RealServerModel, VirtualServerModel } from "../config/model.ts";
import { type CheckerState, newChecker, saysUp } from "./core/checker.ts";
import { type Flaps, heldUntil, noFlaps } from "./core/flap-damping.ts";
import type { WeightEffect } from "./core/probe-outcome.ts";
import type { CheckerSays } from "./core/real-server.ts";
import { probeText } from "./probe-text.ts";

/** One running checker. Mutable: it lives as long as its identity is configured. */
export interface CheckerRecord {
  model: CheckerModel;
  virtualServer: VirtualServerModel;
  realServer: RealServerModel;
  state: CheckerState;
  /** When the verdict was reached: Unix milliseconds. */
  since: number;
  probes: number;
  failures: number;
  /** Since when the attempt that is running runs; of the last one otherwise. */
  started: Instant;
  running: SharedAttempt | undefined;
  /** Which checkers it shares its attempts with; not worked out yet when undefined. */
  key: string | undefined;
  /** When the certificate of the real server ends, as last seen, Unix milliseconds. */
  certificateEnd?: number;
  /** Somebody was told that it ends soon. */
  isCertificateWarned?: boolean;
}

/** A checker in its place in the configuration. */
export interface PlacedChecker {
  readonly model: CheckerModel;
  readonly realServer: RealServerModel;
  readonly virtualServer: VirtualServerModel;
}

/** Every checker of a configuration. */
export function* placedCheckers(virtualServers: Iterable<VirtualServerModel>): Generator<PlacedChecker> {
  for (const virtualServer of virtualServers)
    for (const realServer of virtualServer.realServers)
      for (const model of realServer.checkers) yield { model, realServer, virtualServer };
}

/** A record that has not probed yet. */
export function newRecord(place: PlacedChecker, memory: CheckerMemory | undefined, clock: Clock): CheckerRecord {
  return {
    ...place,
    state: newChecker(memory, memory && flapsIn(memory, clock)),
    since: memory?.since ?? clock.wall(),
    probes: 0,
    failures: 0,
    started: instant(0),
    running: undefined,
    key: undefined,
  };
}

/** What is remembered of falls, on the clock of this process. */
function flapsIn({ falls = [], heldUntil }: CheckerMemory, clock: Clock): Flaps {
  if (falls.length === 0) return noFlaps;
  const past = clock.wall() - clock.now();
  const onOurClock = (wall: number) => instant(wall - past);
  return { falls: falls.map(onOurClock), ...(heldUntil !== undefined && { heldUntil: onOurClock(heldUntil) }) };
}

/** What should outlive the process and the boot; undefined of a checker that knows nothing yet. */
export function memoryOf(
  { model, state: { verdict, reason, flaps }, since }: CheckerRecord,
  weight: WeightEffect | undefined,
  clock: Clock,
): CheckerMemory | undefined {
  if (verdict === "unknown") return undefined;
  const past = clock.wall() - clock.now();
  return {
    ...{ id: model.id, up: verdict === "up", since, reason },
    ...(weight !== undefined && { weight }),
    ...(flaps.falls.length > 0 && { falls: flaps.falls.map((at) => at + past) }),
    ...(flaps.heldUntil !== undefined && { heldUntil: flaps.heldUntil + past }),
  };
}

/** What the checker says of its real server, as a sentence. */
export function saysOf({ model, state, since }: Pick<CheckerRecord, "model" | "state" | "since">): CheckerSays {
  return { up: saysUp(model, state), reason: `${probeText(model.probe)}: ${state.reason}`, since };
}

/** The checker as it is shown, with its last attempts, the newest first. */
export function checkerView(record: CheckerRecord, history: readonly ProbeView[], clock: Clock): CheckerView {
  const { model, virtualServer, realServer, state, since, probes, failures } = record;
  const [lastProbe] = history;
  const now = clock.now();
  const held = state.verdict === "down" ? heldUntil(model.damping, state.flaps, now) : undefined;
  return {
    id: model.id,
    virtualServer: virtualServer.name,
    realServer: realServer.name,
    probe: probeText(model.probe),
    state: state.verdict,
    since,
    consecutiveFailures: state.failuresInRow,
    ...(lastProbe === undefined ? {} : { lastProbe }),
    ...(history.some(({ passed }) => !passed) && { history: [...history] }),
    ...(state.phase.kind === "idle" && { suspended: true }),
    ...(record.certificateEnd !== undefined && { certificateEnd: record.certificateEnd }),
    ...(held !== undefined && { heldUntil: clock.wall() + elapsed(now, held) }),
    probes,
    failures,
  };
}

/** An attempt under way, and who is told of its outcome under which number. */
export interface SharedAttempt {
  readonly key: string;
  readonly abort: AbortController;
  readonly readers: Map<CheckerRecord, number>;
}

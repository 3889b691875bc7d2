// Runs the checkers: one timer and one schedule for all of them, a probe for each that is due, and the verdicts that come of it.
// O(log n) per probe; nothing is done for a checker between its probes. It decides nothing itself: when to probe and what an outcome
// means is the core's business, and what a verdict does to the kernel's table is the balancer's.

import type { CheckerMemory, CheckerView } from "../balancer/view.ts";
import type { Clock, CreateTimer } from "../base/clock.ts";
import { elapsed, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CheckerModel, RealServerModel, VirtualServerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { AttemptHistory, type KeptAttempts } from "./attempt-history.ts";
import {
  type CheckerRecord,
  checkerView,
  memoryOf,
  newRecord,
  type PlacedChecker,
  placedCheckers,
  saysOf,
} from "./checker-record.ts";
import { CheckerRecords } from "./checker-records.ts";
import { CheckerReports } from "./checker-reports.ts";
import {
  type CheckerEffect,
  type CheckerEvent,
  newChecker,
  nextDeadline,
  repace,
  saysUp,
  step,
} from "./core/checker.ts";
import type { ProbeOutcome } from "./core/probe-outcome.ts";
import { type RealServerVerdict, realServerVerdict } from "./core/real-server.ts";
import { Schedule } from "./core/schedule.ts";
import { attempt as attemptProbe, type Probes } from "./probes/probe.ts";
import { forbiddenScript } from "./probes/script.ts";
import { SharedAttempts } from "./shared-attempts.ts";
import { ShortageLog } from "./shortage-log.ts";
import { Suspensions } from "./suspensions.ts";
import { Turns } from "./turns.ts";
import { Weights } from "./weights.ts";

/** What the driver is handed. */
export interface HealthPorts {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  readonly random: Random;
  readonly probes: Probes;
  readonly report: ReportEvent;
  /** Takes what should outlive this process. */
  readonly remember: (memory: CheckerMemory) => void;
  /** A real server of this virtual server went in or out of the pool. */
  readonly onVerdict: (virtualServer: VirtualServerModel, realServer: RealServerModel) => void;
  readonly log: Log;
  /** Told whether checkers look at BFD sessions. */
  readonly wantSessions?: (isWanted: boolean) => void;
  /** The addresses of this director; none unless given. */
  readonly addresses?: () => ReadonlySet<string>;
  /** Where the last attempts outlive the process; nowhere unless given. */
  readonly attempts?: KeptAttempts;
}

/** Tells whether a real server belongs in the pool. */
export type VerdictOf = (realServer: RealServerModel) => RealServerVerdict;

/** The running checkers. Does nothing until it is configured. */
export class HealthDriver {
  readonly #ports: HealthPorts;
  readonly #schedule = new Schedule<CheckerRecord>();
  readonly #shortages: ShortageLog;
  readonly #configuredSince: number;
  readonly #records = new CheckerRecords();
  #virtualServers: readonly VirtualServerModel[] = [];
  readonly #turns: Turns;
  readonly #weights = new Weights();
  readonly #history: AttemptHistory;
  readonly #reports: CheckerReports;
  readonly #attempts = new SharedAttempts();
  readonly #suspensions: Suspensions;
  #probes: Probes;

  constructor(ports: HealthPorts) {
    this.#ports = ports;
    this.#probes = ports.probes;
    this.#turns = new Turns(ports, { next: () => this.#schedule.next(), serve: (now) => this.#serve(now) });
    this.#reports = new CheckerReports(ports);
    this.#shortages = new ShortageLog(ports.clock, ports.log);
    const { clock, createTimer, addresses = () => nowhere, attempts: kept } = ports;
    this.#history = new AttemptHistory({ clock, createTimer, kept, isRunning: this.#records.has });
    this.#suspensions = new Suspensions({
      clock,
      createTimer,
      addresses,
      onChange: (server, isSuspended) => this.#suspend(server, isSuspended),
    });
    this.#configuredSince = ports.clock.wall();
  }

  /** Takes over a configuration: a checker whose id is unchanged keeps state, history and schedule; one that is gone is cancelled with its
   * probe; a new one starts from what is remembered of it and probes after a random part of its warmup. Virtual servers that are the same objects as
   * before cost nothing. */
  configure(
    virtualServers: readonly VirtualServerModel[],
    memory: readonly CheckerMemory[] = [],
    { runsScripts = true }: { readonly runsScripts?: boolean } = {},
  ): void {
    this.#probes = runsScripts ? this.#ports.probes : { ...this.#ports.probes, script: forbiddenScript };
    this.#suspensions.configure(virtualServers);
    this.recall(memory);
    const gone = new Set(this.#virtualServers);
    const fresh = virtualServers.filter((server) => !gone.delete(server));
    this.#virtualServers = virtualServers;
    this.#place(fresh, this.#records.takeAway(gone), byId(memory));
    this.#weights.keepOnly(this.#records.has);
    this.#ports.wantSessions?.(this.#records.lookAtSessions);
    this.#suspendAsTheyAre();
    this.#turns.arm();
  }

  /** Gives the checkers of these virtual servers records, those that they had before where there are such; the others of those are cancelled. */
  #place(
    servers: readonly VirtualServerModel[],
    before: Map<string, CheckerRecord>,
    remembered: ReadonlyMap<string, CheckerMemory>,
  ): void {
    for (const place of placedCheckers(servers)) {
      const { id } = place.model;
      // The same check configured twice on one real server is one checker.
      if (this.#records.has(id)) continue;
      const known = before.get(id);
      before.delete(id);
      this.#records.put(known === undefined ? this.#start(place, remembered.get(id)) : this.#keep(known, place));
    }
    for (const record of before.values()) this.#cancel(record);
  }

  /** An address may have come or gone since they were looked at last. */
  #suspendAsTheyAre(): void {
    const servers = this.#virtualServers.filter((server) => server.suspendsWithoutAddress);
    for (const record of this.#records.within(servers)) this.#suspendAsIs(record);
  }

  /** Takes what is remembered of the weights of checkers that do not run, so that a configuration can be judged before it is taken over. */
  recall(memory: readonly CheckerMemory[]): void {
    this.#weights.recall(memory, this.#records.has);
  }

  /** What the checkers of a real server say together. A checker that is not running says what `memory` says, or what a new one would; so a
   * configuration can be judged before it is taken over. */
  verdictWith(memory: readonly CheckerMemory[] = []): VerdictOf {
    const remembered = byId(memory);
    return ({ checkers }) =>
      realServerVerdict(
        checkers.map((model) => saysOf(this.#records.get(model.id) ?? this.#prospect(model, remembered.get(model.id)))),
        this.#configuredSince,
      );
  }

  /** The same without the words, for those who ask often. */
  isUpWith(memory: readonly CheckerMemory[] = []): (realServer: RealServerModel) => boolean {
    const remembered = byId(memory);
    return ({ checkers }) =>
      checkers.every((model) =>
        saysUp(model, this.#records.get(model.id)?.state ?? newChecker(remembered.get(model.id))),
      );
  }

  /** Probes at once, whatever the schedule says; false: there is no such checker. One that is probing already has its answer soon. */
  probeNow(id: string): boolean {
    const record = this.#records.get(id);
    if (record === undefined) return false;
    const now = this.#ports.clock.now();
    record.state = repace({ ...record.model, delay: milliseconds(0) }, record.state, now);
    this.#take(record, { kind: "deadline" });
    this.#turns.arm();
    return true;
  }

  /** Has those checkers probe at once that look at this BFD session. */
  probeSession(session: string): void {
    for (const { model } of this.#records.atSession(session)) this.probeNow(model.id);
  }

  /** What a real server weighs now. */
  readonly weightOf = this.#weights.of;

  /** Every checker as it is now. */
  views(): CheckerView[] {
    const records = this.#records.within(this.#virtualServers);
    return Array.from(records, (record) => checkerView(record, this.#history.of(record.model.id), this.#ports.clock));
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#turns.maxLateness();
  }

  /** Cancels everything; nothing is reported afterwards. */
  close(): void {
    for (const record of this.#records.all()) this.#cancel(record);
    this.#suspensions.close();
    this.#history.close();
    this.#turns.close();
  }

  #prospect(model: CheckerModel, memory: CheckerMemory | undefined): Pick<CheckerRecord, "model" | "state" | "since"> {
    return { model, state: newChecker(memory), since: memory?.since ?? this.#ports.clock.wall() };
  }

  #start(place: PlacedChecker, memory: CheckerMemory | undefined): CheckerRecord {
    const { clock, random } = this.#ports;
    const record = newRecord(place, memory, clock);
    // What is remembered is old: it is asked for again soon, within one delay, but not from all servers at once.
    const { warmup, delay } = place.model;
    const longest = memory === undefined ? warmup : Math.min(warmup, delay);
    if (!this.#suspensions.has(place.virtualServer))
      this.#take(record, { kind: "start", spread: milliseconds(random() * longest) });
    return record;
  }

  #keep(record: CheckerRecord, place: PlacedChecker): CheckerRecord {
    const isRepaced = record.model.delay !== place.model.delay || record.model.paused !== place.model.paused;
    if (!samePace(record.model, place.model)) this.#attempts.regroup(record);
    Object.assign(record, place);
    if (isRepaced) {
      record.state = repace(record.model, record.state, this.#ports.clock.now());
      this.#schedule.set(record, deadlineOf(record));
    }
    this.#suspendAsIs(record);
    return record;
  }

  #suspendAsIs(record: CheckerRecord): void {
    const isSuspended = this.#suspensions.has(record.virtualServer);
    if (isSuspended !== (record.state.phase.kind === "idle")) this.#setSuspended(record, isSuspended);
  }

  #cancel(record: CheckerRecord): void {
    this.#history.forget(record.model.id);
    this.#schedule.remove(record);
    this.#attempts.forget(record);
  }

  /** Verdicts stand while nobody asks. Afterwards all are asked within one delay. */
  #suspend({ name }: VirtualServerModel, isSuspended: boolean): void {
    for (const record of this.#records.all())
      if (record.virtualServer.name === name) this.#setSuspended(record, isSuspended);
    this.#turns.arm();
  }

  #setSuspended(record: CheckerRecord, isSuspended: boolean): void {
    this.#attempts.leave(record);
    const { warmup, delay } = record.model;
    const spread = milliseconds(this.#ports.random() * Math.min(warmup, delay));
    this.#take(record, isSuspended ? { kind: "suspended" } : { kind: "start", spread });
  }

  #serve(now: Instant): boolean {
    const due = this.#schedule.takeDue(now);
    if (due !== undefined) this.#take(due, { kind: "deadline" });
    return due !== undefined;
  }

  /** One step of one checker: the new state and schedule first, then its effects in order. */
  #take(record: CheckerRecord, event: CheckerEvent): void {
    const { state, effects } = step(record.model, record.state, event, this.#ports.clock.now());
    const wasUp = effects.some((effect) => effect.kind === "verdict") ? this.#isUp(record) : undefined;
    record.state = state;
    this.#schedule.set(record, deadlineOf(record));
    for (const effect of effects) this.#carryOut(record, effect, wasUp);
  }

  #carryOut(record: CheckerRecord, effect: CheckerEffect, wasUp: boolean | undefined): void {
    switch (effect.kind) {
      case "start-probe":
        return this.#probe(record, effect.attempt);
      case "verdict":
        return this.#tell(record, effect.up, wasUp);
      case "held":
        return this.#reports.held(record, effect.falls, effect.until);
    }
  }

  #probe(record: CheckerRecord, attempt: number): void {
    record.started = this.#ports.clock.now();
    const shared = this.#attempts.join(record, attempt);
    if (shared === undefined) return;
    const finished = (outcome: ProbeOutcome) => {
      for (const [reader, number] of this.#attempts.end(shared))
        if (reader.running === shared) this.#finish(reader, number, outcome);
    };
    attemptProbe(this.#probes, record.model.probe, shared.abort.signal).then(finished, (thrown) =>
      finished({ kind: "not-made", detail: `could not be tried: ${messageOf(thrown)}` }),
    );
    for (const other of this.#attempts.othersThan(record))
      if (other.model.paused !== true) this.#take(other, { kind: "joined" });
  }

  #finish(record: CheckerRecord, attempt: number, outcome: ProbeOutcome): void {
    const { clock } = this.#ports;
    const durationMs = elapsed(record.started, clock.now());
    record.running = undefined;
    record.probes += 1;
    if (outcome.kind === "failed") {
      record.failures += 1;
      this.#reports.failure(record, outcome.detail);
    }
    if (outcome.kind === "not-made") this.#shortages.note(outcome.detail);
    const { kind, detail, weight } = outcome;
    this.#history.note(record.model.id, { at: clock.wall(), durationMs, passed: kind === "passed", detail });
    const weightBefore = this.weightOf(record.realServer);
    const isNewWeight = weight !== undefined && this.#weights.note(record.model.id, weight);
    this.#take(record, { kind: "finished", attempt, outcome });
    if (outcome.certificateEnd !== undefined) this.#reports.certificate(record, outcome.certificateEnd);
    if (isNewWeight) this.#tellWeight(record, weightBefore, detail);
    this.#turns.arm();
  }

  #tellWeight(record: CheckerRecord, from: number, detail: string): void {
    this.#remember(record);
    const to = this.weightOf(record.realServer);
    if (to === from) return;
    this.#reports.weight(record, from, to, detail);
    this.#ports.onVerdict(record.virtualServer, record.realServer);
  }

  #remember(record: CheckerRecord): void {
    const memory = memoryOf(record, this.#weights.effectOf(record.model.id), this.#ports.clock);
    if (memory !== undefined) this.#ports.remember(memory);
  }

  #tell(record: CheckerRecord, up: boolean, wasUp: boolean | undefined): void {
    const { clock, onVerdict } = this.#ports;
    const { virtualServer, realServer } = record;
    record.since = clock.wall();
    this.#remember(record);
    this.#reports.checker(record, up);
    const verdict = this.verdictWith()(realServer);
    if (verdict.up === wasUp) return;
    this.#reports.realServer(record, verdict);
    onVerdict(virtualServer, realServer);
  }

  #isUp(record: CheckerRecord): boolean {
    return this.isUpWith()(record.realServer);
  }
}

/** When a checker is due; one that is paused never is. */
function deadlineOf({ model, state }: CheckerRecord): Instant | undefined {
  return model.paused === true ? undefined : nextDeadline(state);
}

const nowhere: ReadonlySet<string> = new Set();

function samePace(a: CheckerModel, b: CheckerModel): boolean {
  const isPaced = a.delay === b.delay && a.retries === b.retries && a.retryDelay === b.retryDelay;
  return isPaced && ("timeout" in a.probe && "timeout" in b.probe ? a.probe.timeout === b.probe.timeout : true);
}

function byId(memory: readonly CheckerMemory[]): ReadonlyMap<string, CheckerMemory> {
  return new Map(memory.map((entry) => [entry.id, entry]));
}

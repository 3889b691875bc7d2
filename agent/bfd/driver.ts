// The BFD driver: runs the sessions on real sockets and one timer, and tells whoever follows them. Everything from outside is handed in. Each
// entry (configuration, datagram, deadline) is one turn: step the sessions concerned, send what they say, arm the timer.

import type { Clock, CreateTimer } from "../base/clock.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { BfdSessionModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import type { BfdDatagram, BfdSocketPort } from "../kernel/bfd-socket.ts";
import { DeadlineHeap } from "../vrrp/core/deadline-heap.ts";
import { WakeUp } from "../vrrp/timing/wake-up.ts";
import {
  beginSession,
  detectionTimeOf,
  isReady,
  nextDeadline,
  resumeSession,
  type Session,
  type SessionEvent,
  step,
} from "./core/session.ts";
import { Listeners } from "./listeners.ts";
import {
  firstReading,
  keyOfSession,
  type RunningSession,
  readSessionNote,
  reasonOf,
  runningSession,
  sessionNote,
  viewOfSession,
} from "./running-session.ts";
import { Senders } from "./senders.ts";
import { SessionTable } from "./session-table.ts";
import type { BfdSessionView, SessionReading } from "./view.ts";

/** What the next process is told: a note for each session that is up. */
export interface SessionMemory {
  load(): ReadonlyMap<string, string>;
  save(notes: ReadonlyMap<string, string>): void;
}

/** What the driver works with. */
export interface BfdDriverOptions {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  readonly random: Random;
  readonly sockets: BfdSocketPort;
  readonly memory: SessionMemory;
  readonly report: ReportEvent;
  readonly log: Log;
  /** What is told of a session is another thing than before; nothing of one that is no more. */
  readonly onChange: (name: string, reading: SessionReading | undefined) => void;
}

/** All sessions of a director. Idle until it is given some. */
export class BfdDriver {
  readonly #options: BfdDriverOptions;
  readonly #table = new SessionTable();
  readonly #deadlines = new DeadlineHeap<RunningSession>();
  readonly #listeners: Listeners;
  readonly #senders: Senders;
  readonly #wakeUp: WakeUp;
  /** What the process before has said of sessions that were up, then what the next one will be told; undefined before the first configuration. */
  #notes: ReadonlyMap<string, string> | undefined;
  /** Packets of nobody that we know, by the rule that they broke. */
  readonly #strays: Record<string, number> = {};
  /** Until then packets may wait unread. */
  #unreadUntil: Instant | undefined;
  #retryAt: Instant | undefined;

  constructor(options: BfdDriverOptions) {
    const { sockets, random, log, createTimer, clock } = options;
    this.#options = options;
    const onTrouble = (cause: string) => log.warn("bfd-socket-trouble", { cause });
    this.#listeners = new Listeners(sockets, (...heard) => this.#onDatagram(...heard), onTrouble);
    this.#senders = new Senders(sockets, random, log);
    this.#wakeUp = new WakeUp(createTimer, clock, (now, heldUp) => this.#onDeadline(now, heldUp));
  }

  /** Makes these the sessions that run. Those that are the same are not touched, changed ones stay up. Gives what the kernel refused. */
  configure(wished: readonly BfdSessionModel[]): readonly OperationFailure[] {
    const isFirst = this.#notes === undefined;
    this.#notes ??= this.#options.memory.load();
    const keys = new Set(wished.map(keyOfSession));
    const names = new Set(wished.map(({ name }) => name));
    for (const running of this.#table.all())
      if (!keys.has(keyOfSession(running.config))) this.#end(running, !names.has(running.config.name));
    for (const config of wished) this.#take(config, names, isFirst);
    const failures = this.#listen();
    if (isFirst || this.#notes.size > 0) this.#remember();
    this.#settle();
    return failures;
  }

  /** What is told of the session of this name; undefined when there is none. */
  reading(name: string): SessionReading | undefined {
    return this.#table.named(name)?.reading;
  }

  /** What is told of all. */
  readings(): ReadonlyMap<string, SessionReading> {
    return new Map(this.#table.all().map(({ config, reading }) => [config.name, reading]));
  }

  /** The sessions as they are now. */
  views(): BfdSessionView[] {
    return this.#table.all().map(viewOfSession);
  }

  /** Ends for good: the neighbours are told. */
  stop(): void {
    for (const running of this.#table.all()) this.#end(running, true);
    this.#options.memory.save(new Map());
    this.#close();
  }

  /** Ends and says nothing: another process takes over. */
  handOver(): void {
    for (const running of this.#table.all()) {
      this.#senders.close(running);
      this.#table.remove(running);
    }
    this.#close();
  }

  /** How late the timer was at most since the last call. */
  maxLateness(): Milliseconds {
    return this.#wakeUp.maxLateness();
  }

  /** Packets that belong to no session, by the rule that they broke. */
  strays(): Readonly<Record<string, number>> {
    return this.#strays;
  }

  #take(config: BfdSessionModel, names: ReadonlySet<string>, isFirst: boolean): void {
    const running = this.#table.get(keyOfSession(config));
    if (running === undefined) return this.#begin(config, isFirst);
    const before = running.config;
    if (JSON.stringify(before) === JSON.stringify(config)) return;
    running.config = config;
    if (before.name !== config.name) this.#rename(before.name, running, names);
    if (before.timeToLive !== config.timeToLive) this.#senders.close(running);
    this.#step(running, { kind: "configuration-changed" });
  }

  /** The former name may be that of another session now. */
  #rename(before: string, { config, reading }: RunningSession, names: ReadonlySet<string>): void {
    if (!names.has(before)) this.#options.onChange(before, undefined);
    this.#options.onChange(config.name, reading);
  }

  #begin(config: BfdSessionModel, isFirst: boolean): void {
    const { clock, random } = this.#options;
    const now = clock.now();
    const note = readSessionNote(this.#notes?.get(keyOfSession(config)));
    const session =
      note === undefined
        ? beginSession(config, this.#newDiscriminator(), now, random())
        : resumeSession(config, note[0], note[1], now, random());
    const settlesAt = after(now, settlingTime);
    const running = runningSession(config, session, firstReading(note !== undefined, isFirst), settlesAt, clock.wall());
    this.#table.add(running);
    this.#note(running);
    this.#options.onChange(config.name, running.reading);
  }

  #end(running: RunningSession, isTold: boolean): void {
    this.#step(running, { kind: "stop" });
    this.#senders.close(running);
    this.#deadlines.set(running, undefined);
    this.#table.remove(running);
    if (isTold) this.#options.onChange(running.config.name, undefined);
  }

  /** By chance, so that a stranger cannot guess it (RFC 5880, section 9). */
  #newDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.#options.random() * 0xffff_ffff) + 1;
      if (!this.#table.hasDiscriminator(discriminator)) return discriminator;
    }
  }

  #listen(): OperationFailure[] {
    const failures = this.#listeners.follow(this.#table.all().map(({ config }) => config));
    this.#retryAt = failures.length > 0 ? after(this.#options.clock.now(), retryDelay) : undefined;
    return failures;
  }

  #onDatagram(datagram: BfdDatagram, multihop: boolean): void {
    const received = this.#table.receive(datagram, multihop);
    if (!received.ok) {
      const { rule, session } = received.error;
      const counters = session?.refused ?? this.#strays;
      counters[rule] = (counters[rule] ?? 0) + 1;
      return;
    }
    const { running, packet } = received.value;
    running.received += 1;
    this.#step(running, { kind: "packet", packet, heardAt: datagram.receivedAt });
    this.#settle();
  }

  #onDeadline(now: Instant, heldUp: Milliseconds): void {
    if (heldUp > unusual) this.#unreadUntil = after(now, readingTime);
    const isUnread = this.#unreadUntil !== undefined && this.#unreadUntil > now;
    if (!isUnread) this.#unreadUntil = undefined;
    for (const due of this.#due(now)) {
      this.#step(due, { kind: "deadline", isUnread });
      this.#letSettle(due, now);
    }
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.#listen();
    this.#settle();
  }

  /** Those whose deadline has come: taken out first, because one that waits for what is unread stays due. Others that are ready go with
   * them: waking up costs more than sending. */
  #due(now: Instant): RunningSession[] {
    const due: RunningSession[] = [];
    for (let first = this.#deadlines.first(); first !== undefined && first.at <= now; first = this.#deadlines.first()) {
      due.push(first.owner);
      this.#deadlines.set(first.owner, undefined);
    }
    const taken = new Set(due);
    const early = this.#table.all().filter((one) => isReady(one.session, now) && !taken.has(one));
    return due.concat(early.slice(0, mostEarly));
  }

  #step(running: RunningSession, event: SessionEvent): void {
    const { clock, random } = this.#options;
    const before = running.session;
    const { session, packets } = step(running.config, before, event, clock.now(), random());
    running.session = session;
    for (const packet of packets) this.#senders.send(running, packet);
    if (session.kind !== before.kind) this.#onState(running, before);
    this.#note(running);
  }

  #note(running: RunningSession): void {
    const next = nextDeadline(running.session);
    const { settlesAt } = running;
    const isSooner = next === undefined || (settlesAt !== undefined && settlesAt < next);
    this.#deadlines.set(running, isSooner ? settlesAt : next);
  }

  #onState(running: RunningSession, before: Session): void {
    const { kind } = running.session;
    running.since = this.#options.clock.wall();
    running.detection = detectionTimeOf(before);
    if (kind === "up") {
      running.timesUp += 1;
      running.settlesAt = undefined;
      this.#tell(running, true);
    } else if (running.settlesAt === undefined && kind !== "admin-down") this.#tell(running, false);
  }

  /** A session that had its time is what it is. */
  #letSettle(running: RunningSession, now: Instant): void {
    if (running.settlesAt === undefined || running.settlesAt > now) return;
    running.settlesAt = undefined;
    this.#tell(running, running.session.kind === "up");
    this.#note(running);
  }

  #tell(running: RunningSession, up: boolean): void {
    const { up: was, settled } = running.reading;
    const reason = reasonOf(running);
    running.reading = { up, settled: true, reason };
    if (up === was && settled) return;
    const { name: session, neighbour } = running.config;
    if (up !== was || !up) this.#options.report({ kind: "bfd-session-changed", session, neighbour, up, reason });
    this.#remember();
    this.#options.onChange(session, running.reading);
  }

  #remember(): void {
    const up = this.#table.all().filter(({ session }) => session.kind === "up");
    this.#notes = new Map(up.map((running) => [keyOfSession(running.config), sessionNote(running)]));
    this.#options.memory.save(this.#notes);
  }

  #settle(): void {
    const next = this.#deadlines.earliest();
    const held = this.#unreadUntil;
    this.#wakeUp.arm([next !== undefined && held !== undefined && next < held ? held : next, this.#retryAt]);
  }

  #close(): void {
    this.#wakeUp.close();
    this.#listeners.close();
  }
}

/** How long a session may take to come up after a start before it counts as down for those who wait to be told. */
const settlingTime = milliseconds(5000);

/** A process that wakes up so much later than it asked for may have packets that it has not read, and reads them within the other. */
const unusual = milliseconds(5);
const readingTime = milliseconds(5);

const retryDelay = milliseconds(1000);

/** How many sessions send early in one turn: advertisements wait meanwhile. */
const mostEarly = 32;

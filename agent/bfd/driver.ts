// The BFD driver: runs the sessions on real sockets and one timer, and tells whoever follows them. Everything from outside is handed in. Each
// entry (configuration, datagram, deadline) is one turn: step the sessions concerned, send what they say, arm the timer.

import type { Clock, CreateTimer } from "../base/clock.ts";
import { after, type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import { codeOf, type OperationFailure } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { BfdSessionModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { type BfdDatagram, type BfdSocketPort, bfdSourcePorts } from "../kernel/bfd-socket.ts";
import { DeadlineHeap } from "../vrrp/core/deadline-heap.ts";
import { WakeUp } from "../vrrp/timing/wake-up.ts";
import { decodeControlPacket, encodeControlPacket, type PacketRule } from "./core/control-packet.ts";
import { beginSession, detectionTimeOf, nextDeadline, resumeSession, type SessionEvent, step } from "./core/session.ts";
import { Listeners } from "./listeners.ts";
import {
  isBetween,
  keyOfSession,
  portOf,
  type RunningSession,
  readSessionNote,
  reasonOf,
  sessionNote,
  viewOfSession,
} from "./running-session.ts";
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
  /** By what they are known by, by their discriminators, and by their names. */
  readonly #sessions = new Map<string, RunningSession>();
  readonly #byDiscriminator = new Map<number, RunningSession>();
  readonly #deadlines = new DeadlineHeap<RunningSession>();
  readonly #listeners: Listeners;
  readonly #wakeUp: WakeUp;
  #notes: ReadonlyMap<string, string> | undefined;
  /** Packets of nobody that we know, by the rule that they broke. */
  readonly #strays: Record<string, number> = {};
  /** Until then packets may wait unread. */
  #unreadUntil: Instant | undefined;
  #retryAt: Instant | undefined;

  constructor(options: BfdDriverOptions) {
    this.#options = options;
    const onTrouble = (cause: string) => options.log.warn("bfd-socket-trouble", { cause });
    this.#listeners = new Listeners(options.sockets, (...heard) => this.#onDatagram(...heard), onTrouble);
    this.#wakeUp = new WakeUp(options.createTimer, options.clock, (now, heldUp) => this.#onDeadline(now, heldUp));
  }

  /** Makes these the sessions that run. Those that are the same are not touched, changed ones stay up. Gives what the kernel refused. */
  configure(wished: readonly BfdSessionModel[]): readonly OperationFailure[] {
    const isFirst = this.#notes === undefined;
    this.#notes ??= this.#options.memory.load();
    const keys = new Set(wished.map(keyOfSession));
    for (const [key, running] of this.#sessions) if (!keys.has(key)) this.#end(key, running);
    for (const config of wished) this.#take(config);
    const failures = this.#listen();
    if (isFirst || this.#notes.size > 0) this.#remember();
    this.#settle();
    return failures;
  }

  /** What is told of the session of this name; undefined when there is none. */
  reading(name: string): SessionReading | undefined {
    return this.#named(name)?.reading;
  }

  /** What is told of all. */
  readings(): ReadonlyMap<string, SessionReading> {
    return new Map([...this.#sessions.values()].map(({ config, reading }) => [config.name, reading]));
  }

  /** The sessions as they are now. */
  views(): BfdSessionView[] {
    return [...this.#sessions.values()].map(viewOfSession);
  }

  /** Ends for good: the neighbours are told. */
  stop(): void {
    for (const [key, running] of this.#sessions) this.#end(key, running);
    this.#options.memory.save(new Map());
    this.#close();
  }

  /** Ends and says nothing: another process takes over. */
  handOver(): void {
    for (const { sender } of this.#sessions.values()) sender?.close();
    this.#sessions.clear();
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

  #named(name: string): RunningSession | undefined {
    for (const running of this.#sessions.values()) if (running.config.name === name) return running;
    return undefined;
  }

  #take(config: BfdSessionModel): void {
    const running = this.#sessions.get(keyOfSession(config));
    if (running === undefined) return this.#begin(config);
    const before = running.config;
    if (JSON.stringify(before) === JSON.stringify(config)) return;
    running.config = config;
    if (before.name !== config.name) this.#rename(before.name, running);
    if (before.timeToLive !== config.timeToLive) this.#closeSender(running);
    this.#step(running, { kind: "configuration-changed" });
  }

  #rename(before: string, { config, reading }: RunningSession): void {
    this.#options.onChange(before, undefined);
    this.#options.onChange(config.name, reading);
  }

  #begin(config: BfdSessionModel): void {
    const { clock, random } = this.#options;
    const now = clock.now();
    const note = readSessionNote(this.#notes?.get(keyOfSession(config)));
    const session =
      note === undefined
        ? beginSession(config, this.#newDiscriminator(), now, random())
        : resumeSession(config, note[0], note[1], now, random());
    const running: RunningSession = {
      ...{ config, session, sender: undefined, since: clock.wall(), settlesAt: after(now, settlingTime) },
      reading: {
        up: note !== undefined,
        settled: false,
        reason: note === undefined ? "has not come up yet" : "was up",
      },
      ...{ detection: detectionTimeOf(session), sent: 0, received: 0, timesUp: 0, refused: {}, trouble: undefined },
    };
    this.#sessions.set(keyOfSession(config), running);
    this.#byDiscriminator.set(session.discriminator, running);
    this.#note(running);
    this.#options.onChange(config.name, running.reading);
  }

  #end(key: string, running: RunningSession): void {
    this.#step(running, { kind: "stop" });
    this.#closeSender(running);
    this.#deadlines.set(running, undefined);
    this.#byDiscriminator.delete(running.session.discriminator);
    this.#sessions.delete(key);
    this.#options.onChange(running.config.name, undefined);
  }

  #newDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.#options.random() * 0xffff_ffff) + 1;
      if (!this.#byDiscriminator.has(discriminator)) return discriminator;
    }
  }

  #listen(): OperationFailure[] {
    const failures = this.#listeners.follow([...this.#sessions.values()].map(({ config }) => config));
    this.#retryAt = failures.length > 0 ? after(this.#options.clock.now(), retryDelay) : undefined;
    return failures;
  }

  #onDatagram(datagram: BfdDatagram, multihop: boolean): void {
    const decoded = decodeControlPacket(datagram.payload);
    const isMeant = (one: RunningSession | undefined) => one?.config.multihop === multihop;
    const bySource = () =>
      [...this.#sessions.values()].find((one) => isMeant(one) && isBetween(one, datagram.source, datagram.destination));
    if (!decoded.ok) return this.#refuse(bySource(), decoded.error);
    const { yourDiscriminator } = decoded.value;
    const named = yourDiscriminator === 0 ? bySource() : this.#byDiscriminator.get(yourDiscriminator);
    const running = isMeant(named) ? named : undefined;
    if (running === undefined)
      return this.#refuse(
        bySource(),
        yourDiscriminator === 0 ? "no session with this neighbour" : "no session has this discriminator",
      );
    const { timeToLive, maxHops } = running.config;
    if (maxHops < 255 && datagram.timeToLive < timeToLive - maxHops)
      return this.#refuse(running, "time-to-live is too low");
    running.received += 1;
    this.#step(running, { kind: "packet", packet: decoded.value, heardAt: datagram.receivedAt });
    this.#settle();
  }

  #refuse(running: RunningSession | undefined, rule: PacketRule): void {
    const counters = running?.refused ?? this.#strays;
    counters[rule] = (counters[rule] ?? 0) + 1;
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

  /** Those whose deadline has come: taken out first, because one that waits for what is unread stays due. */
  #due(now: Instant): RunningSession[] {
    const due: RunningSession[] = [];
    for (let first = this.#deadlines.first(); first !== undefined && first.at <= now; first = this.#deadlines.first()) {
      due.push(first.owner);
      this.#deadlines.set(first.owner, undefined);
    }
    return due;
  }

  #step(running: RunningSession, event: SessionEvent): void {
    const { clock, random } = this.#options;
    const before = running.session;
    const { session, packets } = step(running.config, before, event, clock.now(), random());
    running.session = session;
    if (before.kind === "up") running.detection = detectionTimeOf(before);
    for (const packet of packets) this.#send(running, encodeControlPacket(packet));
    if (session.kind !== before.kind) this.#onState(running);
    this.#note(running);
  }

  #note(running: RunningSession): void {
    const next = nextDeadline(running.session);
    const { settlesAt } = running;
    this.#deadlines.set(
      running,
      next === undefined || (settlesAt !== undefined && settlesAt < next) ? settlesAt : next,
    );
  }

  #onState(running: RunningSession): void {
    const { kind } = running.session;
    running.since = this.#options.clock.wall();
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
    running.reading = { up, settled: true, reason: reasonOf(running) };
    if (up === was && settled) return;
    const { name, neighbour } = running.config;
    if (up !== was || !up)
      this.#options.report({
        kind: "bfd-session-changed",
        session: name,
        neighbour,
        up,
        reason: running.reading.reason,
      });
    this.#remember();
    this.#options.onChange(name, running.reading);
  }

  #remember(): void {
    const up = [...this.#sessions].filter(([, { session }]) => session.kind === "up");
    this.#notes = new Map(up.map(([key, running]) => [key, sessionNote(running)]));
    this.#options.memory.save(this.#notes);
  }

  /** What cannot be sent is said once: the session's timers, and those of the neighbour, do the rest. */
  #send(running: RunningSession, payload: Uint8Array): void {
    try {
      running.sender ??= this.#openSender(running.config);
      running.sender.send(payload);
      running.sent += 1;
      running.trouble = undefined;
    } catch (thrown) {
      const cause = codeOf(thrown) ?? String(thrown);
      if (running.trouble !== cause)
        this.#options.log.warn("bfd-not-sent", {
          session: running.config.name,
          neighbour: running.config.neighbour,
          cause,
        });
      running.trouble = cause;
    }
  }

  /** From a port of its own for as long as the session lasts (RFC 5881, section 4). */
  #openSender({ neighbour, sourceAddress, multihop, timeToLive }: BfdSessionModel) {
    const { from, to } = bfdSourcePorts;
    const common = { source: sourceAddress, destination: neighbour, port: portOf(multihop), timeToLive };
    for (let tries = 1; ; tries++)
      try {
        const sourcePort = from + Math.floor(this.#options.random() * (to - from + 1));
        return this.#options.sockets.open({ ...common, sourcePort });
      } catch (thrown) {
        if (codeOf(thrown) !== "EADDRINUSE" || tries === mostPorts) throw thrown;
      }
  }

  #closeSender(running: RunningSession): void {
    running.sender?.close();
    running.sender = undefined;
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
const mostPorts = 16;

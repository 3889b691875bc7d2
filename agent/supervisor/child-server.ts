// The child's end of the talk with control: listens on the role's socket, serves one control at a time, answers requests in order,
// says that it lives. Works on when nobody is connected, and keeps the last events for whoever comes back.

import type { Socket } from "node:net";
import type { CheckerMemory } from "../balancer/view.ts";
import type { Milliseconds } from "../base/duration.ts";
import { messageOf, type OperationFailure } from "../base/errors.ts";
import type { Event } from "../events/event.ts";
import { Channel } from "./channel.ts";
import { ChildPlace } from "./child-place.ts";
import { KeptEvents } from "./kept-events.ts";
import type { PlannedOperations } from "./planned-operations.ts";
import {
  type ChildAct,
  type ChildConfiguration,
  type ChildRole,
  type ChildState,
  type Configured,
  type Outcome,
  type Report,
  type Request,
  resignSignal,
} from "./protocol.ts";
import type { ProcessLog } from "./role.ts";

/** What a child can be asked to do. None of these may throw for an expected reason. */
export interface ChildHandlers<Role extends ChildRole> {
  configure(configuration: ChildConfiguration[Role], revision: number): Configured;
  plan(configuration: ChildConfiguration[Role]): PlannedOperations;
  /** False: there is no such thing. */
  act(act: ChildAct[Role]): boolean;
  state(): ChildState[Role];
  stop(keep: boolean): readonly OperationFailure[];
  handOver(): void;
  maxLateness(): Milliseconds;
}

/** Who the child is and where it listens. */
export interface ChildServerOptions<Role extends ChildRole> {
  readonly role: Role;
  readonly build: string;
  readonly runtimeDirectory: string;
  readonly log: ProcessLog;
  /** How often it looks whether its place in the runtime directory is still its own; 2 s unless given. */
  readonly lookMs?: number;
}

/** How often a child says that its event loop turns: more than twice in the time for which control lets it be silent (`compose.ts`). */
const heartbeatMs: Readonly<Record<ChildRole, number>> = { vrrp: 400, checkers: 1000 };

/** How often a child looks whether control could still find it. */
const lookMs = 2000;

/** How a process ends that cannot take its place: sysexits.h, EX_CANTCREAT. */
const noPlaceExitCode = 73;

/** How a process ends that failed: sysexits.h, EX_SOFTWARE. */
const softwareExitCode = 70;

/** Serves control for one child process. */
export class ChildServer<Role extends ChildRole> {
  readonly #options: ChildServerOptions<Role>;
  readonly #handlers: ChildHandlers<Role>;
  readonly #place: ChildPlace;
  #channel: Channel<Request<Role>, Report<Role>> | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #revision: number | undefined;
  readonly #events = new KeptEvents();
  /** For a control that is away, of each checker the last: while it is away no checkers come. */
  readonly #memories = new Map<string, Report<Role>>();
  /** What could not be removed when it was told to resign. */
  #resigned: readonly OperationFailure[] | undefined;

  constructor(options: ChildServerOptions<Role>, handlers: ChildHandlers<Role>) {
    this.#options = options;
    this.#handlers = handlers;
    this.#place = new ChildPlace(options.runtimeDirectory, options.role, (socket) => this.#greet(socket));
  }

  /** Listens. A process that cannot take its place in the runtime directory says why and ends: nobody could reach it. */
  async start(): Promise<void> {
    process.on(resignSignal, () => this.#resign());
    try {
      await this.#place.take();
    } catch (thrown) {
      return this.#endWithoutPlace(thrown);
    }
    this.#timers.push(setInterval(() => this.#beat(), heartbeatMs[this.#options.role]));
    this.#timers.push(setInterval(() => this.#lookAtPlace(), this.#options.lookMs ?? lookMs));
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => this.#terminate());
  }

  /** Tells control of something that happened, now or when it is back. */
  report(event: Event): void {
    const report = this.#events.add(event, Date.now());
    if (this.#channel === undefined) return;
    this.#channel.send(report);
    this.#events.sent();
  }

  /** Gives control something to keep. */
  remember(memory: CheckerMemory): void {
    if (this.#channel !== undefined) return this.#channel.send({ kind: "remember", memory });
    this.#memories.set(memory.id, { kind: "remember", memory });
  }

  #greet(socket: Socket): void {
    this.#channel?.close();
    const channel = new Channel<Request<Role>, Report<Role>>(socket, {
      onMessage: (request) => this.#answer(request),
      onClosed: () => {
        if (this.#channel !== channel) return;
        this.#channel = undefined;
        if (this.#resigned !== undefined) this.#exit();
      },
    });
    this.#channel = channel;
    const { role, build } = this.#options;
    channel.send({ kind: "hello", role, build, pid: process.pid, revision: this.#revision });
    const forgotten = this.#events.takeForgotten();
    if (forgotten > 0) this.#options.log.warn("events-forgotten", { count: forgotten });
    for (const report of [...this.#events.all(), ...this.#memories.values()]) channel.send(report);
    this.#events.sent();
    this.#memories.clear();
  }

  #beat(): void {
    this.#channel?.send({ kind: "heartbeat", maxLatenessMs: this.#handlers.maxLateness() });
  }

  #answer(request: Request<Role>): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const reply = (outcome: Outcome<Role>, onFlushed?: () => void) =>
      channel.send({ kind: "reply", id: request.id, outcome }, onFlushed);
    try {
      switch (request.kind) {
        case "configure":
          return reply(this.#configure(request.revision, request.configuration));
        case "plan":
          return reply({ kind: "planned", plan: this.#handlers.plan(request.configuration) });
        case "act":
          return reply(this.#handlers.act(request.act) ? { kind: "done" } : noSuchThing(this.#options.role));
        case "state":
          return reply({ kind: "state", state: this.#handlers.state() });
        case "stop":
          return reply(outcomeOf(this.#resigned ?? this.#handlers.stop(request.keep)), () => this.#exit());
        case "renumber":
          if (this.#revision !== undefined) this.#revision = request.revision;
          return;
        case "noted":
          return this.#events.noted(request.events);
        case "log":
          return this.#options.log.setLevel(request.level);
        case "hand-over":
          this.#handlers.handOver();
          return reply({ kind: "done" }, () => this.#exit());
      }
    } catch (thrown) {
      if (request.kind === "stop") return this.#endUndone(thrown);
      reply({ kind: "failed", failures: [failureOf(request.kind, this.#options.role, thrown)] });
    }
  }

  #configure(revision: number, configuration: ChildConfiguration[Role]): Outcome<Role> {
    // While it is being taken, and after it was refused, nothing is promised about what runs: whoever asks next should configure again.
    this.#revision = undefined;
    const { failures, counts } = this.#handlers.configure(configuration, revision);
    if (failures.length > 0) return { kind: "failed", failures };
    this.#revision = revision;
    return counts === undefined ? { kind: "done" } : { kind: "done", counts };
  }

  /** A runtime directory may be emptied under a running agent; and where control could not find us for it, it has started another. */
  #lookAtPlace(): void {
    const { log } = this.#options;
    const other = this.#place.takenBy();
    if (other !== undefined) {
      log.error("place-taken", {
        by: other,
        why: "another process of this role runs here; this one leaves everything in place",
      });
      this.#handlers.handOver();
      return this.#exit();
    }
    if (this.#place.isKept()) return;
    log.warn("place-lost", { why: "the socket or the pid file was removed; they are made again" });
    this.#place.take().catch((thrown) => log.error("place-not-taken", { problem: messageOf(thrown) }));
  }

  async #endWithoutPlace(thrown: unknown): Promise<void> {
    const { log, runtimeDirectory } = this.#options;
    log.error("place-not-taken", { directory: runtimeDirectory, problem: messageOf(thrown) });
    await log.flush();
    process.exit(noPlaceExitCode);
  }

  /** A process that could not remove everything ends without a word, and its replacement finds the rest in the kernel. */
  #endUndone(thrown: unknown): void {
    const { log } = this.#options;
    log.error("stop-failed", { problem: messageOf(thrown), next: "another process removes what is left" });
    void log.flush().then(() => process.exit(softwareExitCode));
  }

  /** While control is there it decides when to stop; without it, the signal is the only word we can get. */
  #terminate(): void {
    if (this.#channel !== undefined)
      return this.#options.log.info("signal-ignored", { signal: "SIGTERM", why: "control decides" });
    this.#handlers.stop(false);
    this.#exit();
  }

  /** Gives everything up before anything else. The process stays for control to ask for the stop, and ends if control does. */
  #resign(): void {
    if (this.#channel === undefined) return this.#terminate();
    try {
      this.#resigned ??= this.#handlers.stop(false);
    } catch (thrown) {
      this.#endUndone(thrown);
    }
  }

  #exit(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#place.leave();
    void this.#options.log.flush().then(() => process.exit(0));
  }
}

function outcomeOf<Role extends ChildRole>(failures: readonly OperationFailure[]): Outcome<Role> {
  return failures.length === 0 ? { kind: "done" } : { kind: "failed", failures };
}

function noSuchThing<Role extends ChildRole>(role: Role): Outcome<Role> {
  return { kind: "failed", failures: [{ operation: "find", object: role, cause: { code: "ENOENT" } }] };
}

function failureOf(operation: string, object: string, thrown: unknown): OperationFailure {
  if (thrown instanceof Error && "failure" in thrown) return thrown.failure as OperationFailure;
  return { operation, object, cause: { code: "EFAULT", text: messageOf(thrown) } };
}

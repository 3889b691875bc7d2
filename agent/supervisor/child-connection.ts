// One connection from control to a child, from its greeting to its end: requests with their answers, what the child says by itself, and which
// revision it is known to run.

import { connect } from "node:net";
import type { CheckerMemory } from "../balancer/view.ts";
import type { OperationFailure } from "../base/errors.ts";
import type { LogLevel } from "../base/log.ts";
import { Channel } from "./channel.ts";
import type { DesiredConfiguration } from "./child-options.ts";
import type { ChildRole, Configured, EventReport, Outcome, Report, Request } from "./protocol.ts";

/** A request that can be answered only by a child that is not there now. */
export class ChildUnavailable extends Error {
  constructor(role: ChildRole, why: string) {
    super(`the ${role} process does not answer: ${why}`);
    this.name = "ChildUnavailable";
  }
}

/** A request without the number that pairs it with its answer. */
export type RequestBody<Role extends ChildRole> =
  Request<Role> extends infer One ? (One extends unknown ? Omit<One, "id"> : never) : never;

/** What is done with what a child says by itself. `onLost` is called once, unless the connection was closed by us. */
export interface ConnectionListener {
  readonly onHeartbeat: (maxLatenessMs: number) => void;
  readonly onEvent: (report: EventReport, pid: number) => void;
  readonly onRemember: (memory: CheckerMemory) => void;
  readonly onWord: () => void;
  readonly onLost: (connection: object, reason: string) => void;
}

/** Connects to the socket of a child and hears its greeting; undefined when nobody greets within the limit. */
export function openConnection<Role extends ChildRole>(
  path: string,
  limitMs: number,
  listener: ConnectionListener,
): Promise<ChildConnection<Role> | undefined> {
  return new Promise((resolve) => {
    let connection: ChildConnection<Role> | undefined;
    const limit = setTimeout(() => channel.close(), limitMs);
    const channel: Channel<Report<Role>, Request<Role>> = new Channel(connect(path), {
      onMessage: (report) => {
        if (connection !== undefined) return connection.hear(report);
        if (report.kind !== "hello") return channel.close();
        clearTimeout(limit);
        connection = new ChildConnection(channel, report, listener);
        resolve(connection);
      },
      onClosed: (reason) => {
        clearTimeout(limit);
        resolve(undefined);
        connection?.end(reason);
      },
    });
  });
}

interface Waiting<Role extends ChildRole> {
  readonly resolve: (outcome: Outcome<Role>) => void;
  readonly reject: (error: Error) => void;
}

/** The journal writes events at the latest 20 ms after it got them. */
const noteAfterMs = 100;

/** A child that has greeted. */
export class ChildConnection<Role extends ChildRole> {
  readonly role: Role;
  readonly pid: number;
  readonly build: string;
  readonly #channel: Channel<Report<Role>, Request<Role>>;
  readonly #listener: ConnectionListener;
  readonly #waiting = new Map<number, Waiting<Role>>();
  #nextId = 1;
  #ended: string | undefined;
  #closedByUs = false;
  #revision: number | undefined;
  #runs: DesiredConfiguration<Role> | undefined;
  #long = 0;
  #noted = 0;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    channel: Channel<Report<Role>, Request<Role>>,
    hello: Report<Role> & { readonly kind: "hello" },
    listener: ConnectionListener,
  ) {
    this.#channel = channel;
    this.#listener = listener;
    this.role = hello.role;
    this.pid = hello.pid;
    this.build = hello.build;
    this.#revision = hello.revision;
  }

  /** The revision that the child is known to run; undefined when it runs none, or while and after it was given one that it could not take. */
  get revision(): number | undefined {
    return this.#revision;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Asks; rejects with ChildUnavailable when the connection ends before the answer. */
  request(body: RequestBody<Role>): Promise<Outcome<Role>> {
    if (this.#ended !== undefined) return Promise.reject(new ChildUnavailable(this.role, this.#ended));
    const id = this.#nextId++;
    if (isLong(body)) this.#long += 1;
    const answer = new Promise<Outcome<Role>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#channel.send({ ...body, id } as unknown as Request<Role>);
    });
    return answer.finally(() => {
      if (isLong(body)) this.#long -= 1;
    });
  }

  /** Whether the child has been asked something that may take it a while, and has not answered. */
  get isBusy(): boolean {
    return this.#long > 0;
  }

  /** Gives the child a configuration and returns what became of it. */
  async configure(desired: DesiredConfiguration<Role>): Promise<Configured> {
    const { revision } = desired;
    const configuration = desired.configuration(this.#runs);
    this.#revision = undefined;
    this.#runs = undefined;
    const outcome = await this.request({ kind: "configure", revision, configuration } as unknown as RequestBody<Role>);
    const failures = failuresOf(outcome);
    if (failures.length === 0) {
      this.#revision = revision;
      this.#runs = desired;
    }
    return outcome.kind === "done" && outcome.counts !== undefined
      ? { failures, counts: outcome.counts }
      : { failures };
  }

  /** Tells the child, which runs what it was given, that this belongs to a later revision. */
  renumber(revision: number): void {
    if (!this.isOpen || this.#revision === undefined) return;
    this.#revision = revision;
    this.#channel.send({ kind: "renumber", id: 0, revision } as Request<Role>);
  }

  /** Has the child log lines of at least this level. */
  setLogLevel(level: LogLevel): void {
    if (this.isOpen) this.#channel.send({ kind: "log", id: 0, level } as Request<Role>);
  }

  /** Closes the connection; `onLost` is not called. */
  close(): void {
    this.#closedByUs = true;
    this.#channel.close();
  }

  /** For `openConnection`: the child said something. */
  hear(report: Report<Role>): void {
    this.#listener.onWord();
    switch (report.kind) {
      case "hello":
        return;
      case "heartbeat":
        return this.#listener.onHeartbeat(report.maxLatenessMs);
      case "event":
        this.#listener.onEvent(report, this.pid);
        return this.#noteSoon(report.number);
      case "remember":
        return this.#listener.onRemember(report.memory);
      case "reply":
        this.#waiting.get(report.id)?.resolve(report.outcome);
        this.#waiting.delete(report.id);
    }
  }

  /** Late enough for the journal to have it on disk. */
  #noteSoon(events: number): void {
    this.#noted = events;
    this.#noteTimer ??= setTimeout(() => {
      this.#noteTimer = undefined;
      this.#channel.send({ kind: "noted", id: 0, events: this.#noted } as Request<Role>);
    }, noteAfterMs);
  }

  /** For `openConnection`: the channel has ended. */
  end(reason: string): void {
    this.#ended = reason;
    clearTimeout(this.#noteTimer);
    for (const { reject } of this.#waiting.values()) reject(new ChildUnavailable(this.role, reason));
    this.#waiting.clear();
    if (!this.#closedByUs) this.#listener.onLost(this, reason);
  }
}

/** What an outcome says that failed. */
export function failuresOf(outcome: Outcome): readonly OperationFailure[] {
  return outcome.kind === "failed" ? outcome.failures : [];
}

/** A whole configuration takes its time, to take or to plan: a large one longer than a child may otherwise be silent. */
function isLong({ kind }: { readonly kind: string }): boolean {
  return kind === "configure" || kind === "plan";
}

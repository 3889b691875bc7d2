// The child's end of the talk with control: listens on the role's socket, serves one control at a time, answers requests in order,
// says that it lives. Works on when nobody is connected, and keeps the last events for whoever comes back.

import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { CheckerMemory } from "../balancer/view.ts";
import type { Milliseconds } from "../base/duration.ts";
import { messageOf, type OperationFailure } from "../base/errors.ts";
import type { Event } from "../events/event.ts";
import type { IpvsOperation } from "../kernel/ipvs.ts";
import { Channel } from "./channel.ts";
import type { ChildConfiguration, ChildRole, ChildState, Outcome, Report, Request } from "./protocol.ts";
import type { ProcessLog } from "./role.ts";

/** What a child can be asked to do. None of these may throw for an expected reason. */
export interface ChildHandlers<Role extends ChildRole> {
  configure(configuration: ChildConfiguration[Role]): readonly OperationFailure[];
  plan(configuration: ChildConfiguration[Role]): readonly IpvsOperation[];
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
}

/** How often a child says that its event loop turns. */
const heartbeatMs = 200;

/** Events kept for a control that is away. */
const keptEvents = 1000;

/** Serves control for one child process. */
export class ChildServer<Role extends ChildRole> {
  readonly #options: ChildServerOptions<Role>;
  readonly #handlers: ChildHandlers<Role>;
  #server: Server | undefined;
  #channel: Channel<Request<Role>, Report<Role>> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #revision: number | undefined;
  #waiting: Report<Role>[] = [];
  #forgotten = 0;

  constructor(options: ChildServerOptions<Role>, handlers: ChildHandlers<Role>) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Listens. Rejects when the socket cannot be made. */
  async start(): Promise<void> {
    const path = socketPath(this.#options.runtimeDirectory, this.#options.role);
    writeFileSync(pidPath(this.#options.runtimeDirectory, this.#options.role), `${process.pid}\n`, { mode: 0o600 });
    rmSync(path, { force: true });
    const server = createServer((socket) => this.#greet(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.#server = server;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => this.#terminate());
  }

  /** Tells control of something that happened, now or when it is back. */
  report(event: Event): void {
    this.#tell({ kind: "event", event });
  }

  /** Gives control something to keep. */
  remember(memory: CheckerMemory): void {
    this.#tell({ kind: "remember", memory });
  }

  #greet(socket: Socket): void {
    this.#channel?.close();
    const channel = new Channel<Request<Role>, Report<Role>>(socket, {
      onMessage: (request) => this.#answer(request),
      onClosed: () => {
        if (this.#channel === channel) this.#channel = undefined;
      },
    });
    this.#channel = channel;
    const { role, build } = this.#options;
    channel.send({ kind: "hello", role, build, pid: process.pid, revision: this.#revision });
    if (this.#forgotten > 0) this.#options.log.warn("events-forgotten", { count: this.#forgotten });
    for (const report of this.#waiting) channel.send(report);
    this.#waiting = [];
    this.#forgotten = 0;
  }

  #tell(report: Report<Role>): void {
    if (this.#channel !== undefined) return this.#channel.send(report);
    this.#waiting.push(report);
    if (this.#waiting.length > keptEvents) {
      this.#waiting.shift();
      this.#forgotten += 1;
    }
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
          return reply({ kind: "planned", operations: this.#handlers.plan(request.configuration) });
        case "state":
          return reply({ kind: "state", state: this.#handlers.state() });
        case "stop":
          return reply(outcomeOf(this.#handlers.stop(request.keep)), () => this.#exit());
        case "hand-over":
          this.#handlers.handOver();
          return reply({ kind: "done" }, () => this.#exit());
      }
    } catch (thrown) {
      reply({ kind: "failed", failures: [failureOf(request.kind, this.#options.role, thrown)] });
    }
  }

  #configure(revision: number, configuration: ChildConfiguration[Role]): Outcome<Role> {
    const outcome = outcomeOf<Role>(this.#handlers.configure(configuration));
    if (outcome.kind === "done") this.#revision = revision;
    return outcome;
  }

  /** While control is there it decides when to stop; without it, the signal is the only word we can get. */
  #terminate(): void {
    if (this.#channel !== undefined)
      return this.#options.log.info("signal-ignored", { signal: "SIGTERM", why: "control decides" });
    this.#handlers.stop(false);
    this.#exit();
  }

  #exit(): void {
    clearInterval(this.#heartbeat);
    this.#server?.close();
    rmSync(socketPath(this.#options.runtimeDirectory, this.#options.role), { force: true });
    rmSync(pidPath(this.#options.runtimeDirectory, this.#options.role), { force: true });
    void this.#options.log.flush().then(() => process.exit(0));
  }
}

/** Where a child listens. */
export function socketPath(runtimeDirectory: string, role: ChildRole): string {
  return `${runtimeDirectory}/${role}.sock`;
}

/** Where a child writes its process id. */
export function pidPath(runtimeDirectory: string, role: ChildRole): string {
  return `${runtimeDirectory}/${role}.pid`;
}

function outcomeOf<Role extends ChildRole>(failures: readonly OperationFailure[]): Outcome<Role> {
  return failures.length === 0 ? { kind: "done" } : { kind: "failed", failures };
}

function failureOf(operation: string, object: string, thrown: unknown): OperationFailure {
  if (thrown instanceof Error && "failure" in thrown) return thrown.failure as OperationFailure;
  return { operation, object, cause: { code: "EFAULT", text: messageOf(thrown) } };
}

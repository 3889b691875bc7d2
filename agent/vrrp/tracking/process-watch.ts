// Counts the processes that are tracked. The kernel tells of each that begins and ends; where it does not, all are looked at every second.

import type { Clock, CreateTimer, Timer } from "../../base/clock.ts";
import { after, type Instant, milliseconds } from "../../base/duration.ts";
import type { TrackedProcessModel } from "../../config/model.ts";
import type { ProcessChange, ProcessesPort } from "../../kernel/processes.ts";
import { delayLink, type LinkDelay } from "../core/tracking/link-delay.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";
import { comparesArguments, hasQuorum, isTracked } from "../core/tracking/tracking-process.ts";

/** What processes are watched with. */
export interface ProcessWatchParts {
  readonly processes: ProcessesPort;
  readonly clock: Pick<Clock, "now">;
  readonly createTimer: CreateTimer;
  readonly onFinding: (name: string, reading: TrackerReading) => void;
  /** Told once why the kernel does not tell. */
  readonly onPolling: (why: string) => void;
}

interface Watched {
  readonly model: TrackedProcessModel;
  readonly pids: Set<number>;
  quorum: LinkDelay | undefined;
  told: boolean | undefined;
}

/** The processes that are watched. */
export class ProcessWatch {
  readonly #parts: ProcessWatchParts;
  #watched = new Map<string, Watched>();
  #watch: { close(): void } | undefined;
  #polls = false;
  readonly #timer: Timer;
  #lookAt: Instant | undefined;

  constructor(parts: ProcessWatchParts) {
    this.#parts = parts;
    this.#timer = parts.createTimer(() => this.#onDeadline());
  }

  /** Watches these from now on. */
  configure(models: readonly TrackedProcessModel[]): void {
    const before = this.#watched;
    this.#watched = new Map(
      models.map((model) => {
        const known = before.get(model.name);
        const { quorum, told } = known ?? { quorum: undefined, told: undefined };
        return [model.name, { model, pids: new Set<number>(), quorum, told }];
      }),
    );
    if (models.length === 0) return this.close();
    this.#watch ??= this.#parts.processes.watch(
      (change) => this.#onChange(change),
      (why) => this.#beginPolling(why),
    );
    this.#lookAtAll();
  }

  /** When it looks again; undefined when it waits to be told. */
  #nextDeadline(): Instant | undefined {
    const all = [this.#lookAt, ...[...this.#watched.values()].map(({ quorum }) => quorum?.changesAt)];
    return all.reduce(
      (first, next) => (next !== undefined && (first === undefined || next < first) ? next : first),
      undefined,
    );
  }

  #onDeadline(): void {
    if (this.#lookAt !== undefined && this.#lookAt <= this.#parts.clock.now()) this.#lookAtAll();
    for (const watched of this.#watched.values()) this.#settle(watched);
    this.#timer.arm(this.#nextDeadline());
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#lookAt = undefined;
    this.#timer.arm(undefined);
  }

  #beginPolling(why: string): void {
    if (this.#polls) return;
    this.#polls = true;
    this.#parts.onPolling(why);
    this.#lookAt = after(this.#parts.clock.now(), pollInterval);
    this.#timer.arm(this.#nextDeadline());
  }

  #onChange(change: ProcessChange): void {
    switch (change.kind) {
      case "overrun":
        return this.#lookAtAll();
      case "ended":
        for (const watched of this.#watched.values()) if (watched.pids.delete(change.pid)) this.#settle(watched);
        return;
      case "forked":
        for (const watched of this.#watched.values())
          if (watched.pids.has(change.parent)) {
            watched.pids.add(change.pid);
            this.#settle(watched);
          }
        return;
      case "changed":
        for (const watched of this.#look(change.pid)) this.#settle(watched);
        return;
    }
  }

  #lookAtAll(): void {
    const pids = this.#parts.processes.list();
    const running = new Set(pids);
    for (const { pids: known } of this.#watched.values())
      for (const pid of known) if (!running.has(pid)) known.delete(pid);
    for (const pid of pids) this.#look(pid);
    for (const watched of this.#watched.values()) this.#settle(watched);
    this.#lookAt = this.#polls ? after(this.#parts.clock.now(), pollInterval) : undefined;
    this.#timer.arm(this.#nextDeadline());
  }

  /** Looks at one process; gives those for which it counts otherwise than before. */
  #look(pid: number): Watched[] {
    const all = [...this.#watched.values()];
    const needsArguments = all.some(({ model }) => comparesArguments(model));
    const found = this.#parts.processes.look(pid, needsArguments);
    return all.filter(({ model, pids }) => {
      const is = found !== undefined && isTracked(model, found);
      if (is === pids.has(pid)) return false;
      if (is) pids.add(pid);
      else pids.delete(pid);
      return true;
    });
  }

  #settle(watched: Watched): void {
    const { model, pids, told } = watched;
    const delays = { interface: "", up: model.forkDelay, down: model.terminateDelay };
    watched.quorum = delayLink(watched.quorum, hasQuorum(model, pids.size), delays, this.#parts.clock.now());
    this.#timer.arm(this.#nextDeadline());
    const { up } = watched.quorum;
    if (up === told) return;
    watched.told = up;
    this.#parts.onFinding(model.name, { up, reason: describe(model, pids.size) });
  }
}

/** How often all processes are looked at where the kernel does not tell. */
const pollInterval = milliseconds(1000);

function describe({ quorum, quorumMax }: TrackedProcessModel, count: number): string {
  const most = quorumMax === undefined ? "" : ` and at most ${quorumMax}`;
  return `runs ${count === 1 ? "once" : `${count} times`}, expected at least ${quorum}${most}`;
}

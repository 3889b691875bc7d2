// Counts the processes that are tracked. The kernel tells of each that begins and ends; where it does not, all are looked at every second.

import { after, type Instant, milliseconds } from "../../base/duration.ts";
import type { TrackedProcessModel } from "../../config/model.ts";
import type { ProcessChange, ProcessesPort } from "../../kernel/processes.ts";
import { delayLink, type LinkDelay } from "../core/link-delay.ts";
import type { TrackerReading } from "../core/tracking.ts";
import { comparesArguments, hasQuorum, isTracked } from "../core/tracking-process.ts";

/** What processes are watched with. */
export interface ProcessWatchParts {
  readonly processes: ProcessesPort;
  readonly now: () => Instant;
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

/** The processes that are watched. Its owner calls `lookIfDue` when `nextDeadline` has come. */
export class ProcessWatch {
  readonly #parts: ProcessWatchParts;
  #watched = new Map<string, Watched>();
  #watch: { close(): void } | undefined;
  #polls = false;
  #lookAt: Instant | undefined;

  constructor(parts: ProcessWatchParts) {
    this.#parts = parts;
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

  /** When it wants to look; undefined when it waits to be told. */
  nextDeadline(): Instant | undefined {
    const all = [this.#lookAt, ...[...this.#watched.values()].map(({ quorum }) => quorum?.changesAt)];
    return all.reduce(
      (first, next) => (next !== undefined && (first === undefined || next < first) ? next : first),
      undefined,
    );
  }

  /** Looks at what is due. */
  lookIfDue(): void {
    if (this.#lookAt !== undefined && this.#lookAt <= this.#parts.now()) this.#lookAtAll();
    for (const watched of this.#watched.values()) this.#settle(watched);
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#lookAt = undefined;
  }

  #beginPolling(why: string): void {
    if (this.#polls) return;
    this.#polls = true;
    this.#parts.onPolling(why);
    this.#lookAt = after(this.#parts.now(), pollInterval);
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
        return this.#look(change.pid, () => true);
    }
  }

  #lookAtAll(): void {
    const pids = this.#parts.processes.list();
    const running = new Set(pids);
    for (const { pids: known } of this.#watched.values())
      for (const pid of known) if (!running.has(pid)) known.delete(pid);
    for (const pid of pids) this.#look(pid, () => false);
    for (const watched of this.#watched.values()) this.#settle(watched);
    this.#lookAt = this.#polls ? after(this.#parts.now(), pollInterval) : undefined;
  }

  #look(pid: number, settles: () => boolean): void {
    const all = [...this.#watched.values()];
    const found = this.#parts.processes.look(
      pid,
      all.some(({ model }) => comparesArguments(model)),
    );
    for (const watched of all) {
      const was = watched.pids.has(pid);
      const is = found !== undefined && isTracked(watched.model, found);
      if (is) watched.pids.add(pid);
      else watched.pids.delete(pid);
      if (was !== is && settles()) this.#settle(watched);
    }
  }

  #settle(watched: Watched): void {
    const { model, pids, told } = watched;
    const delays = { interface: "", up: model.forkDelay, down: model.terminateDelay };
    watched.quorum = delayLink(watched.quorum, hasQuorum(model, pids.size), delays, this.#parts.now());
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

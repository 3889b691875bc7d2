// Runs notify scripts: those of one instance or group one after the other, those of different ones side by side. A script that hangs holds
// up its own successors, until its time limit, and nobody else.

import type { ReportEvent } from "../events/event.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import type { ProgramEnd, ProgramRun } from "./ports.ts";
import type { NotificationQueueView } from "./view.ts";

/** A script on its way. */
export interface WaitingScript extends Waiting {
  readonly run: ProgramRun;
}

/** What the lanes need. */
export interface ScriptLanesOptions {
  readonly run: (run: ProgramRun) => Promise<ProgramEnd>;
  readonly report: ReportEvent;
  /** How many may wait for one instance or group. */
  readonly capacity?: number;
  /** How many run at the same time. */
  readonly atOnce?: number;
}

/** More changes of state than a time limit can see unless something flaps. */
const defaultCapacity = 256;

/** A director with many instances that all change at once starts so many scripts, and the next ones as these end. */
const defaultAtOnce = 100;

/** The lanes of all instances and groups. */
export class ScriptLanes {
  readonly #options: ScriptLanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  #running = 0;

  constructor(options: ScriptLanesOptions) {
    this.#options = options;
  }

  get views(): readonly NotificationQueueView[] {
    return [...this.#lanes.values()].map(({ backlog }) => backlog.view);
  }

  /** Whether any script runs or waits. */
  get isBusy(): boolean {
    return this.#running > 0 || this.#ready.length > 0;
  }

  /** Runs a script when those before it in its lane have ended. */
  add(key: string, script: WaitingScript): void {
    const lane = this.#laneOf(key);
    lane.backlog.add(script);
    this.#makeReady(lane);
    this.#startReady();
  }

  /** Forgets the lanes that are not among these, once they are empty. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, { backlog }] of this.#lanes) if (!keys.has(key) && backlog.isEmpty) this.#lanes.delete(key);
  }

  close(): void {
    for (const { backlog } of this.#lanes.values()) backlog.close();
  }

  #laneOf(key: string): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const { report, capacity = defaultCapacity } = this.#options;
    const lane = { backlog: new Backlog<WaitingScript>({ name: `scripts of ${key}`, capacity, report }), busy: false };
    this.#lanes.set(key, lane);
    return lane;
  }

  #makeReady(lane: Lane): void {
    if (lane.busy || lane.backlog.isEmpty) return;
    lane.busy = true;
    this.#ready.push(lane);
  }

  #startReady(): void {
    const { atOnce = defaultAtOnce } = this.#options;
    while (this.#running < atOnce) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      this.#running += 1;
      void this.#runNext(lane);
    }
  }

  async #runNext(lane: Lane): Promise<void> {
    const script = lane.backlog.next();
    if (script !== undefined) {
      const end = await this.#options.run(script.run);
      if (end.ok) lane.backlog.delivered();
      else lane.backlog.failed(end.reason);
    }
    this.#running -= 1;
    lane.busy = false;
    this.#makeReady(lane);
    this.#startReady();
  }
}

/** One instance's or group's scripts; busy from when it waits for its turn until its script has ended. */
interface Lane {
  readonly backlog: Backlog<WaitingScript>;
  busy: boolean;
}

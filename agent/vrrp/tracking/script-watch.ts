// Runs the tracked scripts, each at its interval, and tells when one counts as something else. What a script has come to outlives a change of
// the configuration, as in keepalived.

import { elapsed, type Instant, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { TrackedScriptModel } from "../../config/model.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";
import { initialScriptState, type ScriptState, stepScript } from "../core/tracking/tracking-script.ts";

/** How a run has ended: what it came to, as a clause that continues the script's name. */
export interface ScriptEnd {
  readonly hasSucceeded: boolean;
  readonly reason: string;
}

/** What scripts are run with. */
export interface ScriptWatchParts {
  readonly now: () => Instant;
  /** Runs a script to its end, within its time limit. Never rejects. `onStarted` is given what ends it early. */
  readonly run: (script: TrackedScriptModel, onStarted: (end: () => void) => void) => Promise<ScriptEnd>;
  readonly sleep: (time: Milliseconds, signal: AbortSignal) => Promise<void>;
  readonly onFinding: (name: string, reading: TrackerReading) => void;
}

interface Loop {
  readonly script: TrackedScriptModel;
  readonly stopped: AbortController;
}

/** The scripts that are run. */
export class ScriptWatch {
  readonly #parts: ScriptWatchParts;
  readonly #loops = new Map<string, Loop>();
  readonly #states = new Map<string, ScriptState>();
  readonly #told = new Map<string, boolean>();

  constructor(parts: ScriptWatchParts) {
    this.#parts = parts;
  }

  /** Runs these from now on; what is the same goes on undisturbed. */
  configure(scripts: readonly TrackedScriptModel[]): void {
    const wished = new Map(scripts.map((script) => [script.name, script]));
    for (const [name, { script, stopped }] of this.#loops) {
      if (Bun.deepEquals(script, wished.get(name))) continue;
      stopped.abort();
      this.#loops.delete(name);
      if (wished.has(name)) continue;
      this.#states.delete(name);
      this.#told.delete(name);
    }
    for (const script of scripts) if (!this.#loops.has(script.name)) this.#begin(script);
  }

  #begin(script: TrackedScriptModel): void {
    const loop = { script, stopped: new AbortController() };
    this.#loops.set(script.name, loop);
    if (!this.#states.has(script.name)) this.#states.set(script.name, initialScriptState(script));
    void this.#repeat(loop);
  }

  async #repeat({ script, stopped: { signal } }: Loop): Promise<void> {
    while (!signal.aborted) {
      const start = this.#parts.now();
      const end = await this.#parts.run(script, (cut) => signal.addEventListener("abort", cut));
      if (signal.aborted) return;
      this.#take(script, end);
      const rest = milliseconds(script.interval - elapsed(start, this.#parts.now()));
      await this.#parts.sleep(rest > 0 ? rest : shortest, signal);
    }
  }

  #take(script: TrackedScriptModel, { hasSucceeded, reason }: ScriptEnd): void {
    const before = this.#states.get(script.name) ?? initialScriptState(script);
    const now = stepScript(before, hasSucceeded, script);
    this.#states.set(script.name, now);
    const up = now.counts === "up";
    if (this.#told.get(script.name) === up) return;
    this.#told.set(script.name, up);
    this.#parts.onFinding(script.name, { up, reason });
  }
}

/** Between two runs of a script that takes longer than its interval. */
const shortest = milliseconds(10);

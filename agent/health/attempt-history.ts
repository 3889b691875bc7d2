// The last attempts of every checker, for people: what happened before a verdict, and before the process was replaced. They are kept in a file of the
// runtime directory, so that they live as long as the boot; verdicts and weights, on which forwarding depends, are control's to keep (decision 17).

import type { ProbeView } from "../balancer/view.ts";
import type { Clock, CreateTimer, Timer } from "../base/clock.ts";
import { after, seconds } from "../base/duration.ts";

/** Where attempts are kept. No call throws: what cannot be kept is forgotten with the process. */
export interface KeptAttempts {
  /** What a process before has left, by checker, the newest first. */
  read(): ReadonlyMap<string, readonly ProbeView[]>;
  append(attempts: readonly KeptAttempt[]): void;
  /** Puts these in the place of everything. */
  replace(histories: ReadonlyMap<string, readonly ProbeView[]>): void;
  /** Whether so much has been appended that it should be replaced. */
  readonly isCrowded: boolean;
}

/** An attempt of a checker. */
export type KeptAttempt = readonly [checker: string, attempt: ProbeView];

/** What the history is handed. */
export interface HistoryPorts {
  readonly clock: Clock;
  readonly createTimer: CreateTimer;
  /** Nothing outlives the process unless given. */
  readonly kept?: KeptAttempts | undefined;
  /** Whether there is such a checker. */
  readonly isRunning: (checker: string) => boolean;
}

/** How many attempts of a checker are remembered. */
const longest = 10;

/** So much of the end is lost when the process is killed. */
const saveEvery = seconds(1);

const none: readonly ProbeView[] = [];

/** The histories of all checkers. What was kept is read late, when somebody asks or something is to be written: a start does not wait for it. */
export class AttemptHistory {
  readonly #ports: HistoryPorts;
  readonly #timer: Timer;
  readonly #histories = new Map<string, ProbeView[]>();
  #unsaved: KeptAttempt[] = [];
  #isRecalled: boolean;

  constructor(ports: HistoryPorts) {
    this.#ports = ports;
    this.#isRecalled = ports.kept === undefined;
    this.#timer = ports.createTimer(() => this.#save());
  }

  /** The last attempts of a checker, the newest first. */
  of(checker: string): readonly ProbeView[] {
    this.#recall();
    return this.#histories.get(checker) ?? none;
  }

  note(checker: string, attempt: ProbeView): void {
    const history = this.#histories.get(checker);
    if (history === undefined) this.#histories.set(checker, [attempt]);
    else {
      history.unshift(attempt);
      history.length = Math.min(history.length, longest);
    }
    if (this.#ports.kept === undefined) return;
    if (this.#unsaved.length === 0) this.#timer.arm(after(this.#ports.clock.now(), saveEvery));
    this.#unsaved.push([checker, attempt]);
  }

  forget(checker: string): void {
    this.#histories.delete(checker);
  }

  /** Keeps what is not kept yet. */
  close(): void {
    if (this.#unsaved.length > 0) this.#save();
    this.#timer.close();
  }

  #save(): void {
    const { kept, isRunning } = this.#ports;
    if (kept === undefined) return;
    this.#recall();
    const unsaved = this.#unsaved.filter(([checker]) => isRunning(checker));
    this.#unsaved = [];
    if (kept.isCrowded) kept.replace(this.#histories);
    else kept.append(unsaved);
  }

  /** What was kept is older than all that this process knows. */
  #recall(): void {
    if (this.#isRecalled) return;
    this.#isRecalled = true;
    for (const [checker, before] of this.#ports.kept?.read() ?? []) {
      if (!this.#ports.isRunning(checker)) continue;
      const since = this.#histories.get(checker) ?? [];
      this.#histories.set(checker, [...since, ...before].slice(0, longest));
    }
  }
}

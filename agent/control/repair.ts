// Repair: where a child turns out not to run what it should, it is given that again until it does. A problem that stays is said once.

import type { Log } from "../base/log.ts";

/** What repairing needs. */
export interface RepairOptions {
  /** One attempt: gives the children what they should run and returns the problems; undefined when there is nothing to do any more. */
  readonly attempt: () => Promise<readonly string[] | undefined>;
  /** Waits before an attempt. */
  readonly pause: (attempt: number) => Promise<void>;
  readonly log: Log;
}

/** Attempts until one succeeds or there is nothing to do. */
export class Repair {
  readonly #options: RepairOptions;
  #going = false;
  #complaints: ReadonlySet<string> = new Set();

  constructor(options: RepairOptions) {
    this.#options = options;
  }

  /** Begins, unless it is going on already. */
  begin(): void {
    if (this.#going) return;
    this.#going = true;
    void this.#goOn().finally(() => {
      this.#going = false;
    });
  }

  async #goOn(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#options.pause(attempt);
      const problems = await this.#options.attempt();
      this.#complain(attempt, problems ?? []);
      if (problems === undefined || problems.length === 0) return;
    }
  }

  #complain(attempt: number, problems: readonly string[]): void {
    for (const problem of problems)
      if (!this.#complaints.has(problem)) this.#options.log.error("configuration-not-restored", { attempt, problem });
    this.#complaints = new Set(problems);
  }
}

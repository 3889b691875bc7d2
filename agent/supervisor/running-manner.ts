// How this process is run by the kernel: on which processors, and before whom. Every wish is a whole one; what it does not name is as it was at the start.

import { codeOf, type OperationFailure } from "../base/errors.ts";
import type { ProcessModel } from "../config/process-model.ts";

/** What the kernel can be asked for. */
export interface MannerPort {
  processors(): readonly number[];
  setProcessors(numbers: readonly number[]): void;
  setScheduling(policy: "other" | "fifo", priority: number): void;
  setNice(nice: number): void;
  lockMemory(): void;
}

/** Takes wishes in. Memory that has been locked stays locked until the process ends. */
export class RunningManner {
  readonly #port: MannerPort;
  readonly #usual: ProcessModel;
  #now: ProcessModel;

  /** `usual`: what the process has given itself. */
  constructor(port: MannerPort, usual: ProcessModel = {}) {
    this.#port = port;
    this.#usual = usual;
    this.#now = usual;
  }

  /** Does what differs from the last wish; gives what the kernel refused, which is tried again with the next. */
  apply(given: ProcessModel = {}): readonly OperationFailure[] {
    const [before, wished] = [this.#now, { ...this.#usual, ...given }];
    const at = wished.cpuAffinity;
    const failures = [
      this.#try("run on processors", at?.join(" ") ?? "of the start", !isSame(before.cpuAffinity, at), () => {
        this.#first ??= this.#port.processors();
        this.#port.setProcessors(at ?? this.#first);
      }),
      this.#try("set nice", String(wished.nice ?? 0), before.nice !== wished.nice, () =>
        this.#port.setNice(wished.nice ?? 0),
      ),
      this.#try("lock memory", "of the process", wished.lockMemory === true && before.lockMemory !== true, () =>
        this.#port.lockMemory(),
      ),
      this.#try(
        "set real-time priority",
        String(wished.realTimePriority ?? "none"),
        before.realTimePriority !== wished.realTimePriority,
        () => this.#schedule(wished.realTimePriority),
      ),
    ].flatMap((failure) => failure ?? []);
    this.#now = failures.length === 0 ? wished : this.#usual;
    return failures;
  }

  #first: readonly number[] | undefined;

  #schedule(priority: number | undefined): void {
    if (priority === undefined) this.#port.setScheduling("other", 0);
    else this.#port.setScheduling("fifo", priority);
  }

  #try(operation: string, object: string, differs: boolean, act: () => void): OperationFailure | undefined {
    if (!differs) return undefined;
    try {
      act();
      return undefined;
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === undefined) throw thrown;
      return { operation, object, cause: { code } };
    }
  }
}

function isSame(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.join(" ") === b.join(" "));
}

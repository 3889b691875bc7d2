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
  #wished: ProcessModel;
  /** What a refusal has left half done. */
  readonly #unsure = new Set<keyof ProcessModel>();
  #processorsAtStart: readonly number[] | undefined;

  /** `usual`: what the process has given itself. */
  constructor(port: MannerPort, usual: ProcessModel = {}) {
    this.#port = port;
    this.#usual = usual;
    this.#wished = usual;
  }

  /** Does what differs from the last wish; gives what the kernel refused, which is done with the next in any case. */
  apply(given: ProcessModel = {}): readonly OperationFailure[] {
    const before = this.#wished;
    const wished = { ...this.#usual, ...given };
    this.#wished = wished;
    return (Object.keys(ways) as (keyof ProcessModel)[])
      .filter((field) => this.#unsure.has(field) || !isSame(before[field], wished[field]))
      .flatMap((field) => this.#try(field, wished) ?? []);
  }

  #try(field: keyof ProcessModel, wished: ProcessModel): OperationFailure | undefined {
    this.#processorsAtStart ??= this.#port.processors();
    const { operation, act } = ways[field];
    try {
      act(this.#port, wished, this.#processorsAtStart);
      this.#unsure.delete(field);
      return undefined;
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === undefined) throw thrown;
      this.#unsure.add(field);
      return { operation, object: textOf(wished[field]), cause: { code } };
    }
  }
}

type Act = (port: MannerPort, wished: ProcessModel, processorsAtStart: readonly number[]) => void;

/** How each wish is carried out. */
const ways: Readonly<Record<keyof ProcessModel, { readonly operation: string; readonly act: Act }>> = {
  cpuAffinity: {
    operation: "run on processors",
    act: (port, { cpuAffinity }, atStart) => port.setProcessors(cpuAffinity ?? atStart),
  },
  nice: { operation: "set nice", act: (port, { nice = 0 }) => port.setNice(nice) },
  lockMemory: {
    operation: "lock memory",
    act: (port, { lockMemory }) => {
      if (lockMemory) port.lockMemory();
    },
  },
  realTimePriority: {
    operation: "set real-time priority",
    act: (port, { realTimePriority }) =>
      realTimePriority === undefined ? port.setScheduling("other", 0) : port.setScheduling("fifo", realTimePriority),
  },
};

function textOf(wish: ProcessModel[keyof ProcessModel]): string {
  return wish === undefined ? "as at the start" : String(wish).replaceAll(",", " ");
}

function isSame(a: ProcessModel[keyof ProcessModel], b: ProcessModel[keyof ProcessModel]): boolean {
  return textOf(a) === textOf(b);
}

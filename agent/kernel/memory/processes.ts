// Processes in memory, for tests of whoever tracks some.

import type { ProcessChange, ProcessesPort, ProcessInfo } from "../processes.ts";

/** Processes that a test starts and ends. */
export class MemoryProcesses implements ProcessesPort {
  /** Set: nobody is told of changes, and this is why. */
  refusal: string | undefined;
  readonly #processes = new Map<number, ProcessInfo>();
  readonly #watchers = new Set<(change: ProcessChange) => void>();
  #lastPid = 100;

  list(): readonly number[] {
    return [...this.#processes.keys()];
  }

  look(pid: number, withArguments: boolean): ProcessInfo | undefined {
    const found = this.#processes.get(pid);
    return found && { ...found, args: withArguments ? found.args : [] };
  }

  watch(onChange: (change: ProcessChange) => void, onRefused: (why: string) => void): { close(): void } {
    if (this.refusal !== undefined) onRefused(this.refusal);
    else this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  /** Somebody starts a program: a fork, and then its execution. */
  start(...args: readonly string[]): number {
    const pid = ++this.#lastPid;
    const name = (args[0] ?? "").split("/").at(-1)?.slice(0, 15) ?? "";
    this.#processes.set(pid, { pid, name: "sh", args: ["sh"] });
    this.#tell({ kind: "forked", pid, parent: 1 });
    this.#processes.set(pid, { pid, name, args });
    this.#tell({ kind: "changed", pid });
    return pid;
  }

  /** A process forks, and goes on as two. */
  fork(parent: number): number {
    const pid = ++this.#lastPid;
    const copy = this.#processes.get(parent) ?? { name: "", args: [] };
    this.#processes.set(pid, { ...copy, pid });
    this.#tell({ kind: "forked", pid, parent });
    return pid;
  }

  end(pid: number): void {
    this.#processes.delete(pid);
    this.#tell({ kind: "ended", pid });
  }

  #tell(change: ProcessChange): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}

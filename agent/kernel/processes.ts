// The processes of this machine, as whoever tracks some of them sees them.

/** A process. */
export interface ProcessInfo {
  readonly pid: number;
  /** As the kernel shows it: 15 characters at most. */
  readonly name: string;
  /** What it was started with; empty unless asked for. */
  readonly args: readonly string[];
}

/** What happens to processes. After an overrun nothing is known for sure. */
export type ProcessChange =
  | { readonly kind: "forked"; readonly pid: number; readonly parent: number }
  /** It executes another program, or calls itself otherwise. */
  | { readonly kind: "changed"; readonly pid: number }
  | { readonly kind: "ended"; readonly pid: number }
  | { readonly kind: "overrun" };

/** What the system tells of processes. */
export interface ProcessesPort {
  /** The processes that run now, without those that have ended and were not waited for. */
  list(): readonly number[];
  /** Undefined when it has ended. May wait for the process's memory when arguments are wanted. */
  look(pid: number, withArguments: boolean): ProcessInfo | undefined;
  /** Tells of every change. `onRefused` is told at once or later when this system does not tell, and why. */
  watch(onChange: (change: ProcessChange) => void, onRefused: (why: string) => void): { close(): void };
}

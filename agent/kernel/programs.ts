// Programs of the operator's, as the agent runs them: executed as they are, never through a shell, in a process group of their own.

/** Who a program runs as: numbers of the user, of the group, and of all groups. */
export interface ProgramIdentity {
  readonly user: number;
  readonly group: number;
  readonly groups: readonly number[];
}

/** A program to start. */
export interface Executable {
  /** The full path of the file; nothing is searched. */
  readonly file: string;
  /** All arguments, the program's name first (argv). */
  readonly args: readonly string[];
  /** Its whole environment: nothing of the agent's is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: the agent's own. */
  readonly identity: ProgramIdentity | undefined;
  /** Whether the kernel kills it when the process that started it ends. */
  readonly endsWithUs: boolean;
}

/** How a program has ended. */
export type ProgramEnd = { readonly code: number } | { readonly signal: number };

/** A program that runs. */
export interface RunningProgram {
  readonly pid: number;
  readonly end: Promise<ProgramEnd>;
  /** Sends a signal to its whole process group; nothing happens when nobody of it is left. */
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

/** What the system offers about programs. */
export interface ProgramsPort {
  /** Starts it with nothing on its standard streams, in the directory /, as any ordinary process. Throws an OperationError when it cannot be executed. */
  start(program: Executable): RunningProgram;
  /** Undefined when there is no such user. */
  user(name: string): ProgramIdentity | undefined;
  /** Undefined when there is no such group. */
  group(name: string): number | undefined;
}

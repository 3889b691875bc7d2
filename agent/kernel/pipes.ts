// Named pipes, as somebody sees them who writes lines into them and waits for nobody.

/** What became of a line: written; there is nobody who reads, or he does not keep up; or why it cannot be written. */
export type PipeOutcome =
  | { readonly kind: "written" }
  | { readonly kind: "no-reader" }
  | { readonly kind: "full" }
  | { readonly kind: "failed"; readonly problem: string };

/** The writing end of a named pipe. It is opened when there is somebody who reads, and stays open until it is closed. */
export interface Pipe {
  /** Makes the pipe if it is not there; gives what is wrong with what is there. */
  prepare(): string | undefined;
  /** Writes a whole line or nothing. Never waits. */
  write(line: string): PipeOutcome;
  close(): void;
}

/** Opens the pipe at a path. */
export type OpenPipe = (path: string) => Pipe;

// Named pipes in memory: each has a reader that a test lets come, read and go.

import type { OpenPipe, Pipe, PipeOutcome } from "../pipes.ts";

/** Bytes that a pipe holds (pipe(7): 16 pages). */
const pipeBytes = 65_536;

/** The pipes of one machine, by path. */
export class MemoryPipes {
  readonly #pipes = new Map<string, MemoryPipe>();

  readonly open: OpenPipe = (path) => this.at(path);

  /** The pipe at a path. */
  at(path: string): MemoryPipe {
    const found = this.#pipes.get(path) ?? new MemoryPipe();
    this.#pipes.set(path, found);
    return found;
  }
}

/** One pipe with both its ends. */
export class MemoryPipe implements Pipe {
  hasReader = false;
  /** What is at its path when that is no pipe. */
  problem: string | undefined;
  #content = "";

  prepare(): string | undefined {
    return this.problem;
  }

  write(line: string): PipeOutcome {
    if (this.problem !== undefined) return { kind: "failed", problem: this.problem };
    if (!this.hasReader) return { kind: "no-reader" };
    if (this.#content.length + line.length > pipeBytes) return { kind: "full" };
    this.#content += line;
    return { kind: "written" };
  }

  /** Takes what is in it, line by line. */
  read(): readonly string[] {
    const lines = this.#content.split("\n").slice(0, -1);
    this.#content = "";
    return lines;
  }

  close(): void {}
}

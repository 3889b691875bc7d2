// The real programs. The kernel says with SIGCHLD that some child has ended; which, is asked of each that we have started.

import { codeOf, OperationError } from "../../base/errors.ts";
import type { Executable, ProgramEnd, ProgramsPort, RunningProgram } from "../programs.ts";
import { groupNamed, programEnd, startProgram, userNamed } from "./native.ts";

/** One signal may stand for several ends, and one that comes while another is handled may be missed by whoever else listens. */
const lookAgainMs = 500;

const killed = 9; // SIGKILL

/** Programs of this process. */
export class LinuxPrograms implements ProgramsPort {
  readonly #running = new Map<number, (end: ProgramEnd) => void>();
  readonly #look = () => this.#lookAtAll();
  #again: ReturnType<typeof setInterval> | undefined;

  start({ file, args, environment, identity, endsWithUs }: Executable): RunningProgram {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const pid = starting(file, () => startProgram(file, args, variables, identity, endsWithUs ? killed : 0));
    const end = new Promise<ProgramEnd>((resolve) => {
      if (this.#running.size === 0) this.#beginToLook();
      this.#running.set(pid, resolve);
    });
    queueMicrotask(this.#look);
    return { pid, end, signal: (name) => signalGroup(pid, name) };
  }

  user(name: string) {
    return userNamed(name);
  }

  group(name: string) {
    return groupNamed(name);
  }

  #beginToLook(): void {
    process.on("SIGCHLD", this.#look);
    this.#again = setInterval(this.#look, lookAgainMs);
  }

  #lookAtAll(): void {
    for (const [pid, resolve] of this.#running) {
      const end = programEnd(pid);
      if (end === undefined) continue;
      this.#running.delete(pid);
      resolve(end);
    }
    if (this.#running.size > 0) return;
    process.off("SIGCHLD", this.#look);
    clearInterval(this.#again);
  }
}

function starting(file: string, start: () => number): number {
  try {
    return start();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new OperationError({ operation: "execute", object: file, cause: { code } });
  }
}

function signalGroup(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

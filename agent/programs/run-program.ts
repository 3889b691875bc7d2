// One run of a prepared program: started, ended when its time is over, and how it went as a value.

import { formatDuration, type Milliseconds, milliseconds } from "../base/duration.ts";
import { OperationError } from "../base/errors.ts";
import type { ProgramEnd, ProgramsPort, RunningProgram } from "../kernel/programs.ts";
import { searchPath } from "./find-file.ts";
import type { PreparedProgram } from "./prepare-program.ts";

/** How a run went. */
export type ProgramOutcome =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: number }
  | { readonly kind: "timed-out"; readonly limit: Milliseconds }
  | { readonly kind: "not-started"; readonly cause: string };

/** What one run is given. */
export interface ProgramRun {
  /** How long the program and whatever it has started may take. */
  readonly limit: Milliseconds;
  /** Added to its environment, which otherwise has PATH only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Arguments after those of the configuration. */
  readonly extraArgs?: readonly string[];
  /** Whether the kernel kills it when this process ends; it does unless told otherwise. */
  readonly endsWithUs?: boolean;
}

/** Calls back after a time unless it is cancelled. */
export type StartTimer = (delay: Milliseconds, onOver: () => void) => { cancel(): void };

/** How long a program has to end by itself once it was asked to (keepalived's MISC_CHECK has the same). */
export const graceTime = milliseconds(2000);

/** Runs a program to its end. Never rejects. `onStarted` is given what can be ended early. */
export async function runProgram(
  { file, args, identity }: PreparedProgram,
  run: ProgramRun,
  port: ProgramsPort,
  startTimer: StartTimer = ordinaryTimer,
  onStarted: (running: RunningProgram) => void = () => {},
): Promise<ProgramOutcome> {
  let running: RunningProgram;
  try {
    running = port.start({
      file,
      args: [...args, ...(run.extraArgs ?? [])],
      environment: { PATH: searchPath.join(":"), ...run.environment },
      identity,
      endsWithUs: run.endsWithUs ?? true,
    });
  } catch (thrown) {
    if (!(thrown instanceof OperationError)) throw thrown;
    return { kind: "not-started", cause: thrown.failure.cause.code };
  }
  onStarted(running);
  return limited(running, run.limit, startTimer);
}

async function limited(running: RunningProgram, limit: Milliseconds, startTimer: StartTimer): Promise<ProgramOutcome> {
  let isOver = false;
  let grace: { cancel(): void } | undefined;
  const timer = startTimer(limit, () => {
    isOver = true;
    running.signal("SIGTERM");
    grace = startTimer(graceTime, () => running.signal("SIGKILL"));
  });
  const end = await running.end;
  timer.cancel();
  grace?.cancel();
  if (!isOver) return outcomeOf(end);
  // Its children had the same time; those that are left have no one to end them later.
  running.signal("SIGKILL");
  return { kind: "timed-out", limit };
}

function outcomeOf(end: ProgramEnd): ProgramOutcome {
  return "code" in end ? { kind: "exited", code: end.code } : { kind: "signalled", signal: end.signal };
}

/** How a run went, for a sentence that names the program first: "ended with exit code 1". */
export function describeOutcome(outcome: ProgramOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `ended with exit code ${outcome.code}`;
    case "signalled":
      return `was ended by signal ${outcome.signal}`;
    case "timed-out":
      return `took longer than ${formatDuration(outcome.limit)}`;
    case "not-started":
      return `could not be executed (${outcome.cause})`;
  }
}

const ordinaryTimer: StartTimer = (delay, onOver) => {
  const timer = setTimeout(onOver, delay);
  return { cancel: () => clearTimeout(timer) };
};

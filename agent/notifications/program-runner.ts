// Runs what is configured by the means of programs/: looked at anew before each run, since files and users change.

import type { Milliseconds } from "../base/duration.ts";
import type { ProgramModel, ProgramsModel } from "../config/model.ts";
import type { ProgramsPort } from "../kernel/programs.ts";
import type { ProgramUser } from "../programs/identity.ts";
import { prepareProgram } from "../programs/prepare-program.ts";
import { describeOutcome, runProgram, type StartTimer } from "../programs/run-program.ts";
import type { ProgramEnd, ProgramRun, RunProgram } from "./ports.ts";

/** Whoever may push a configuration could otherwise run anything. */
const notAllowed: ProgramEnd = {
  ok: false,
  reason: "programs are not allowed: start the agent with --allow-scripts",
};

/** Runs programs where that is allowed. */
export function programRunner(port: ProgramsPort, isAllowed: boolean): RunProgram {
  return async (run, programs) => (isAllowed ? runOnce(port, run, programs) : notAllowed);
}

async function runOnce(port: ProgramsPort, run: ProgramRun, programs: ProgramsModel): Promise<ProgramEnd> {
  const prepared = prepareProgram(configured(run.program), rulesOf(programs), port);
  if (!prepared.ok) return { ok: false, reason: prepared.error };
  const { more: extraArgs, environment, timeout: limit = never, onStarted } = run;
  const startTimer = run.timeout === undefined ? noTimer : undefined;
  const outcome = await runProgram(prepared.value, { limit, environment, extraArgs }, port, startTimer, onStarted);
  if (outcome.kind === "exited" && outcome.code === 0) return { ok: true };
  return { ok: false, reason: `${prepared.value.file} ${describeOutcome(outcome)}` };
}

function configured({ command, user, group }: ProgramModel) {
  return { command, user: userOf(user, group) };
}

function rulesOf({ user, group, secure }: ProgramsModel) {
  return { user: userOf(user, group), refuseInsecure: secure };
}

function userOf(user: string | undefined, group: string | undefined): ProgramUser | undefined {
  return user === undefined ? undefined : { user, group };
}

const never = Number.POSITIVE_INFINITY as Milliseconds;
const noTimer: StartTimer = () => ({ cancel: () => {} });

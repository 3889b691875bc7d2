// The script probe (keepalived's MISC_CHECK): runs a program of the operator's, never through a shell, in a process group of its own. Exit code 0 is success
// and 1 failure; with a dynamic weight 2 to 255 are success with that weight, less two. When its time is over the whole group is asked to end
// (SIGTERM), and killed two seconds later.

import type { ScriptProbeModel } from "../../config/model.ts";
import type { ProgramsPort } from "../../kernel/programs.ts";
import { prepareProgram } from "../../programs/prepare-program.ts";
import { describeOutcome, type ProgramOutcome, runProgram } from "../../programs/run-program.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import type { Probe } from "./probe.ts";
import { aborted } from "./stream.ts";

/** Where the agent may run no programs. */
export const forbiddenScript: Probe<ScriptProbeModel> = async () =>
  notMade("programs are not allowed: start the agent with --allow-scripts");

/** Runs programs. A program that cannot be run at all is no verdict on the server. */
export function scriptProbe(programs: ProgramsPort): Probe<ScriptProbeModel> {
  return async (model, signal) => {
    const { program, timeout } = model;
    if (signal.aborted) return aborted;
    const prepared = prepareProgram({ command: program.command, user: userOf(program) }, rulesOf(model), programs);
    if (!prepared.ok) return notMade(prepared.error);
    const outcome = await runProgram(prepared.value, { limit: timeout }, programs, undefined, (running) =>
      signal.addEventListener("abort", () => running.signal("SIGKILL"), { once: true }),
    );
    return signal.aborted ? aborted : judge(model, outcome);
  };
}

function notMade(why: string): ProbeOutcome {
  return { kind: "not-made", detail: `could not be tried: ${why}` };
}

function judge({ dynamicWeight }: ScriptProbeModel, outcome: ProgramOutcome): ProbeOutcome {
  if (outcome.kind === "not-started") return notMade(`the program ${describeOutcome(outcome)}`);
  const detail = describeOutcome(outcome);
  if (outcome.kind !== "exited") return { kind: "failed", detail };
  if (outcome.code === 0) return { kind: "passed", detail };
  if (!dynamicWeight || outcome.code === 1) return { kind: "failed", detail };
  return { kind: "passed", detail, weight: { kind: "set", weight: outcome.code - 2 } };
}

function rulesOf({ programs: { user, group, secure } }: ScriptProbeModel) {
  return { user: userOf({ user, group }), refuseInsecure: secure };
}

function userOf({ user, group }: { readonly user: string | undefined; readonly group: string | undefined }) {
  return user === undefined ? undefined : { user, group };
}

// The keywords of global_defs about how its processes run: `vrrp_rt_priority`, `checker_cpu_affinity` and their like.

import { clamped } from "../corrections.ts";
import { bareFlag, type Directive, number, numberOf, takeArguments } from "../directive.ts";
import { type Draft, type Import, setField } from "../draft.ts";

type Role = "vrrp" | "checkers";

function of(role: Role, directive: Directive): Directive {
  return (statement, _director, run) => directive(statement, draftOf(role, run), run);
}

function draftOf(role: Role, run: Import): Draft {
  run.document.processes ??= {};
  const processes = run.document.processes as Draft;
  processes[role] ??= {};
  return processes[role] as Draft;
}

/** `vrrp_cpu_affinity 0 2`: processors by their numbers. */
const affinity: Directive = (statement, draft, run) => {
  const words = takeArguments(statement, run, 1, 1024);
  if (words.length > 0) setField(run, draft, "cpuAffinity", words.map(numberOf), statement);
};

/** What runs of them; a process that hangs is replaced here, so that limits of its time have no meaning. */
export const processDirectives: Readonly<Record<string, Directive>> = {
  vrrp_rt_priority: of("vrrp", clamped("realTimePriority", 1, 99)),
  vrrp_cpu_affinity: of("vrrp", affinity),
  checker_rt_priority: of("checkers", clamped("realTimePriority", 1, 99)),
  checker_cpu_affinity: of("checkers", affinity),
  checker_priority: of("checkers", number("nice")),
  checker_no_swap: of("checkers", bareFlag("lockMemory")),
};

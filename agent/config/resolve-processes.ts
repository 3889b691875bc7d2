import type { ProcessModel } from "./process-model.ts";
import { processesSchema } from "./schema/processes.ts";
import type { Settings } from "./schema/settings.ts";

type Processes = Settings["processes"];

/** How the vrrp process runs; nothing where all is as usual. */
export function vrrpProcessOf({ vrrp }: Processes): { readonly process?: ProcessModel } {
  const { cpuAffinity, realTimePriority } = vrrp;
  return given({
    ...(cpuAffinity !== undefined && { cpuAffinity }),
    ...(realTimePriority !== usual && { realTimePriority }),
  });
}

/** The same for the checkers process. */
export function checkersProcessOf({ checkers }: Processes): { readonly process?: ProcessModel } {
  const { cpuAffinity, realTimePriority, nice, lockMemory } = checkers;
  return given({
    ...(cpuAffinity !== undefined && { cpuAffinity }),
    ...(realTimePriority !== undefined && { realTimePriority }),
    ...(nice !== undefined && { nice }),
    ...(lockMemory && { lockMemory }),
  });
}

const usual = processesSchema.parse({}).vrrp.realTimePriority;

function given(process: ProcessModel): { readonly process?: ProcessModel } {
  return Object.keys(process).length === 0 ? {} : { process };
}

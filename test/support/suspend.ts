// Suspending the lab's guest to memory, as the lid of a notebook or a hypervisor does it to a machine: its clocks stand still, but for those of the
// time since boot and of the day. Debian's kernel can, and scripts/lab/run wakes it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const state = "/sys/power/state";

/** Whether this kernel can be suspended, and is woken again. */
export const canSuspend: boolean =
  process.env.VIPWARD_LAB !== undefined && existsSync(state) && /\bmem\b/.test(readFileSync(state, "utf8"));

/** Suspends the guest with everything in it for about so many seconds, and returns when it has been woken: for how many milliseconds its clock stood still. */
export function suspendMachine(seconds: number): number {
  const before = stoodStill();
  writeFileSync("/run/lab/wake", String(seconds));
  writeFileSync(state, "mem");
  return stoodStill() - before;
}

/** For how long this machine has been suspended so far. */
function stoodStill(): number {
  return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000 - performance.now();
}

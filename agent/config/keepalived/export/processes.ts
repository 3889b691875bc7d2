import { fieldLines, flag, type Values, type Writer, word } from "./lines.ts";

const numbers =
  (keyword: string): Writer =>
  (value) =>
    `${keyword} ${(value as readonly number[]).join(" ")}`;

/** The lines of `global_defs` about how processes run. */
export function processLines(processes: Values): string[] {
  return [
    ...fieldLines((processes.vrrp as Values | undefined) ?? {}, {
      cpu_affinity: numbers("vrrp_cpu_affinity"),
      real_time_priority: word("vrrp_rt_priority"),
    }),
    ...fieldLines((processes.checkers as Values | undefined) ?? {}, {
      cpu_affinity: numbers("checker_cpu_affinity"),
      real_time_priority: word("checker_rt_priority"),
      nice: word("checker_priority"),
      lock_memory: flag("checker_no_swap"),
    }),
  ];
}

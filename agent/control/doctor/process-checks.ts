// What the agent's own processes may do, and whether they are in time.

import type { ProcessView } from "../words/state.ts";
import { type Check, type Host, numberIn } from "./finding.ts";

/** SCHED_FIFO, as /proc/PID/stat has it. */
const fifo = 1;

/** The rights without which nothing works. */
export const rights: Check = (_, { missingRights }) =>
  missingRights === undefined
    ? []
    : [
        {
          severity: "error",
          subject: "control",
          problem: missingRights,
          remedy: "see vipward.service for a unit that has them",
        },
      ];

/** The vrrp process runs before everything that is not real-time, and is not paged out. */
export const realTime: Check = (host, { state }) =>
  running(state.processes, "vrrp").flatMap((pid) => {
    const subject = `vrrp ${pid}`;
    const remedy = "give the agent CAP_SYS_NICE and CAP_IPC_LOCK, LimitRTPRIO=40 and LimitMEMLOCK=infinity";
    const runtime = numberIn(host, "/proc/sys/kernel/sched_rt_runtime_us");
    return [
      ...(policyOf(host, pid) === fifo
        ? []
        : [
            {
              severity: "warning",
              subject,
              problem: "has no real-time scheduling: advertisements may be late",
              remedy,
            } as const,
          ]),
      ...(lockedMemory(host, pid) > 0
        ? []
        : [{ severity: "warning", subject, problem: "has no locked memory: it may be paged out", remedy } as const]),
      ...(runtime === 0
        ? [
            {
              severity: "error",
              subject: "kernel.sched_rt_runtime_us",
              problem: "is 0: real-time processes get no time at all",
              remedy: "sysctl -w kernel.sched_rt_runtime_us=950000",
            } as const,
          ]
        : []),
    ];
  });

/** Field 41 of proc(5) /proc/PID/stat; the second, the name, may have blanks and ends with the last bracket. */
function policyOf(host: Host, pid: number): number {
  const [, fields = ""] = /\) (.*)/s.exec(host.read(`/proc/${pid}/stat`) ?? "") ?? [];
  return Number(fields.split(" ")[41 - 3] ?? fifo);
}

function lockedMemory(host: Host, pid: number): number {
  const status = host.read(`/proc/${pid}/status`);
  return status === undefined ? 1 : Number(/^VmLck:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

/** Timers that are late by half an interval are heard by the peers. */
export const lateness: Check = (_, { state }) => {
  const shortest = Math.min(...state.vrrpInstances.map(({ advertisementIntervalMs }) => advertisementIntervalMs));
  return state.processes
    .filter(({ role, maxLatenessMs = 0 }) => role === "vrrp" && maxLatenessMs > shortest / 2)
    .map(({ pid, maxLatenessMs }) => ({
      severity: "warning",
      subject: `vrrp ${pid ?? ""}`.trim(),
      problem: `was late by ${Math.round(maxLatenessMs ?? 0)} ms, where the shortest advertisement interval is ${shortest} ms`,
      remedy: "give the machine more processor time, or advertise less often",
    }));
};

/** Files that a process may open, beside those that its checkers may need at once. */
const spareFiles = 200;

/** Every probe may hold a socket. */
export const openFiles: Check = (host, { state }) =>
  running(state.processes, "checkers").flatMap((pid) => {
    const [, limit = ""] = /^Max open files\s+(\d+)/m.exec(host.read(`/proc/${pid}/limits`) ?? "") ?? [];
    const needed = state.checkers.length + spareFiles;
    if (limit === "" || Number(limit) >= needed) return [];
    return [
      {
        severity: "warning",
        subject: `checkers ${pid}`,
        problem: `may open ${limit} files, and ${state.checkers.length} checkers may need ${needed}`,
        remedy: `LimitNOFILE=${2 * needed} in the agent's unit`,
      },
    ];
  });

/** What is needed runs. */
export const processes: Check = (_, { state }) =>
  state.processes
    .filter(({ needed, pid }) => needed && pid === undefined)
    .map(({ role }) => ({
      severity: "error",
      subject: role,
      problem: "does not run or does not answer",
      remedy: "the agent's log says why; control starts it again by itself",
    }));

function running(views: readonly ProcessView[], role: ProcessView["role"]): readonly number[] {
  return views.flatMap((view) => (view.role === role && view.pid !== undefined ? [view.pid] : []));
}

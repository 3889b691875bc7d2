// Times, lengths and names of the API in the words that the command line shows.

import { formatDuration, milliseconds } from "../base/duration.ts";
import type { Duration } from "../control/gen/google/protobuf/duration.pb.ts";
import { ProcessRole, TrackerKind, VrrpState } from "../control/gen/vipward/v1/event.pb.ts";
import { LogLevel } from "../control/gen/vipward/v1/log_level.pb.ts";
import { CheckerState_Verdict } from "../control/gen/vipward/v1/state.pb.ts";

/** How long ago something was, in its two largest units: "3s", "5m12s", "2h5m", "4d3h". */
export function ago(now: number, then: Date | undefined): string {
  if (then === undefined) return "-";
  const seconds = Math.max(0, Math.floor((now - then.getTime()) / 1000));
  const parts = {
    d: Math.floor(seconds / 86_400),
    h: Math.floor(seconds / 3600) % 24,
    m: Math.floor(seconds / 60) % 60,
    s: seconds % 60,
  };
  const words = Object.entries(parts).map(([unit, count]) => ({ text: `${count}${unit}`, count }));
  const first = words.findIndex(({ count }) => count > 0);
  if (first === -1) return "0s";
  return words
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join("");
}

/** How long there is until something, in its two largest units; "0s" when it is past. */
export function until(now: number, then: Date | undefined): string {
  return then === undefined ? "-" : ago(then.getTime(), new Date(now));
}

/** A length of time, to the hundredth of a millisecond at most. */
export function length(duration: Duration | undefined): string {
  if (duration === undefined) return "-";
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  return formatDuration(milliseconds(Math.round(ms * 100) / 100));
}

/** A VRRP state as people know it. */
export function stateWord(state: VrrpState): string {
  return lastWord(VrrpState[state], "VRRP_STATE_");
}

/** A process's role. */
export function roleWord(role: ProcessRole): string {
  return lastWord(ProcessRole[role], "PROCESS_ROLE_");
}

/** What is logged. */
export function logLevelWord(level: LogLevel): string {
  return lastWord(LogLevel[level], "LOG_LEVEL_");
}

/** A checker's verdict. */
export function verdictWord(verdict: CheckerState_Verdict): string {
  return lastWord(CheckerState_Verdict[verdict], "VERDICT_");
}

/** "1 service", "2 services". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The end of an enum value's name, in lower case. */
export function lastWord(name: string | undefined, prefix: string): string {
  return name?.replace(prefix, "").toLowerCase() ?? "unknown";
}

/** What kind of thing is tracked, as the configuration calls it. */
export function trackerWord(kind: TrackerKind): string {
  return TrackerKind[kind]?.replace("TRACKER_KIND_", "").toLowerCase().replace("_", "-") ?? "thing";
}

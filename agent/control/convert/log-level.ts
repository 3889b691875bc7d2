// Log levels, and the processes that log: between the wire and the domain.

import type { LogLevel as DomainLevel } from "../../base/log.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { ProcessRole as DomainRole } from "../../events/event.ts";
import { ProcessRole } from "../gen/vipward/v1/event.pb.ts";
import { LogLevel } from "../gen/vipward/v1/log_level.pb.ts";
import type { Refusal } from "../words/refusal.ts";
import { EnumWords } from "./enums.ts";

const levels = new EnumWords<DomainLevel, LogLevel>({
  debug: LogLevel.LOG_LEVEL_DEBUG,
  info: LogLevel.LOG_LEVEL_INFO,
  warn: LogLevel.LOG_LEVEL_WARN,
  error: LogLevel.LOG_LEVEL_ERROR,
});
const roles = new EnumWords<DomainRole, ProcessRole>({
  control: ProcessRole.PROCESS_ROLE_CONTROL,
  vrrp: ProcessRole.PROCESS_ROLE_VRRP,
  checkers: ProcessRole.PROCESS_ROLE_CHECKERS,
});

/** A level on the wire. */
export function logLevelOf(level: DomainLevel): LogLevel {
  return levels.value(level);
}

/** The level that is asked for. */
export function askedLevelOf(level: LogLevel): Result<DomainLevel, Refusal> {
  const word = levels.word(level);
  if (typeof word === "string") return ok(word);
  const message = "is not set, expected LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN or LOG_LEVEL_ERROR";
  return fail({ kind: "invalid-argument", field: "level", message });
}

/** The processes that are meant; all unless some are named. */
export function askedRolesOf(asked: readonly ProcessRole[]): Result<readonly DomainRole[], Refusal> {
  if (asked.length === 0) return ok(["control", "vrrp", "checkers"]);
  const words = [...new Set(asked)].map((role) => roles.word(role));
  if (words.every((word) => typeof word === "string")) return ok(words);
  return fail({ kind: "invalid-argument", field: "processes", message: "names a process that is not known here" });
}

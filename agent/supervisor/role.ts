// How a process of the agent is told who it is: `vipward role ROLE RUNTIME-DIRECTORY LEVEL FORMAT COLOR`, written and read in this one
// file. Internal: people start `vipward run`.

import { type AdjustableLog, createLog, type LogFormat, type LogLevel, logFormats, logLevels } from "../base/log.ts";
import { LineWriter } from "./line-writer.ts";
import type { ChildRole } from "./protocol.ts";

/** How a process logs. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly color: boolean;
}

/** The roles of processes that are not the control process. The trackers are a child of the vrrp process. */
export type Role = ChildRole | "trackers";

/** What a child is told at its start. */
export interface RoleArguments {
  readonly role: Role;
  readonly runtimeDirectory: string;
  readonly log: LogSettings;
}

/** The word that makes this binary a child. */
export const roleWord = "role";

/** The command that starts a child: this binary again, or Bun with the main file when the agent runs from its sources. */
export function roleCommand(given: RoleArguments): string[] {
  const { level, format, color } = given.log;
  return [...program(), roleWord, given.role, given.runtimeDirectory, level, format, color ? "color" : "plain"];
}

/** The command that this process was started by. */
export function thisCommand(): string[] {
  return [...program(), ...process.argv.slice(2)];
}

function program(): string[] {
  const compiled = import.meta.path.startsWith("/$bunfs/");
  return compiled ? [process.execPath] : [process.execPath, Bun.main];
}

/** Reads what `roleCommand` wrote; undefined when it is not that. */
export function parseRole(words: readonly string[]): RoleArguments | undefined {
  const [word, role, runtimeDirectory, level, format, color] = words;
  if (word !== roleWord || runtimeDirectory === undefined || !isRole(role)) return undefined;
  return {
    role,
    runtimeDirectory,
    log: {
      level: logLevels.find((known) => known === level) ?? "info",
      format: logFormats.find((known) => known === format) ?? "text",
      color: color === "color",
    },
  };
}

function isRole(word: string | undefined): word is Role {
  return word === "vrrp" || word === "checkers" || word === "trackers";
}

/** A log that can be waited for before the process ends. */
export interface ProcessLog extends AdjustableLog {
  flush(): Promise<void>;
}

/** The log of one process of the agent, to stderr. */
export function processLog(process: string, settings: LogSettings): ProcessLog {
  const writer = new LineWriter(2);
  const log = createLog({ process, ...settings, wall: () => Date.now(), write: writer.write });
  return { ...log, flush: () => writer.flush() };
}

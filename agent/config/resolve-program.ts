// A program that the agent runs, with the user that it runs as.

import type { ProgramModel } from "./notification-model.ts";
import type { Settings } from "./schema/settings.ts";

/** A program as settings name it. */
export type ProgramSettings = NonNullable<Settings["vrrpInstances"][number]["notify"]["any"]>;

/** The program of valid settings: its command has at least one word. */
export function resolveProgram({ command, user, group }: ProgramSettings): ProgramModel {
  return { command: command as readonly [string, ...string[]], user, group };
}

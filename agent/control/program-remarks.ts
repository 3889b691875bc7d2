// What is said of a configuration that names programs, to an agent that was started without the permission to run any. The file is right;
// the agent is not started for it: a warning, as for an interface that is not there.

import { type Issue, type Path, pathText } from "../config/issue.ts";
import type { Settings } from "../config/schema/settings.ts";

/** One warning, at the first program, when none is run. */
export function programRemarks(settings: Settings, isAllowed: boolean): readonly Issue[] {
  if (isAllowed) return [];
  const places = programPlaces(settings);
  const [first] = places;
  if (first === undefined) return [];
  const programs = places.length === 1 ? "this program is" : `this program and ${places.length - 1} more are`;
  const message = `${programs} not run: the agent was started without --allow-scripts`;
  return [{ severity: "warning", code: "programs-not-run", path: first, message }];
}

/** The places of all programs that a configuration names, in snake_case. */
export function programPlaces(settings: Settings): readonly string[] {
  return namesProgram(settings) ? [...programsIn(settings, [])].map(pathText) : [];
}

/** The virtual servers that were found to name none. Of a push of some the others are the objects that they were. */
const without = new WeakSet<object>();

/** Whether anything has a command, told without making anything: each start and each push asks it of thousands of real servers. */
function namesProgram({ virtualServers, ...others }: Settings): boolean {
  for (const server of virtualServers) {
    if (without.has(server)) continue;
    if (hasCommand(server)) return true;
    without.add(server);
  }
  return hasCommand(others);
}

function hasCommand(value: object): boolean {
  if (!Array.isArray(value) && "command" in value) return true;
  for (const key in value) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof field === "object" && field !== null && hasCommand(field)) return true;
  }
  return false;
}

/** The places of everything that has a command. */
function* programsIn(value: unknown, path: Path): Generator<Path> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && "command" in value) return yield path;
  for (const [key, field] of Object.entries(value))
    yield* programsIn(field, [...path, Array.isArray(value) ? Number(key) : key]);
}

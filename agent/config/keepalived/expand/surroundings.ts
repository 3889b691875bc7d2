// What a configuration may ask of the machine it is read on: other files, its instance id, its environment. Handed in, so that tests have
// none of it.

import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { messageOf } from "../../../base/errors.ts";
import { fail, ok, type Result } from "../../../base/result.ts";

/** The machine as a configuration sees it. */
export interface Surroundings {
  /** What lines that begin with `@` are compared with, and what `${_INSTANCE}` stands for. */
  readonly instance: string;
  /** The directory that a name without a slash in front is looked for in, when the file itself has none: an absolute path. */
  readonly directory: string;
  /** An environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly readFile: (path: string) => Result<string, string>;
  /** What a path is; undefined when there is nothing. */
  readonly kindOf: (path: string) => "file" | "directory" | undefined;
  /** The names in a directory, in any order; none when it cannot be read. */
  readonly namesIn: (directory: string) => readonly string[];
}

/** The machine that we run on. The id is the host's name up to its first dot unless given, as keepalived has it. */
export function machineSurroundings(instance?: string): Surroundings {
  return {
    instance: instance ?? hostname().split(".")[0] ?? "",
    directory: process.cwd(),
    variable: (name) => process.env[name],
    random: Math.random,
    readFile: readText,
    kindOf,
    namesIn,
  };
}

/** Nothing but an instance id: no files, no environment, no chance. */
export function noSurroundings(instance = ""): Surroundings {
  return {
    instance,
    directory: "/",
    variable: () => undefined,
    random: () => 0,
    readFile: () => fail("there are no other files here"),
    kindOf: () => undefined,
    namesIn: () => [],
  };
}

function readText(path: string): Result<string, string> {
  try {
    accessSync(path, constants.R_OK);
    return ok(readFileSync(path, "utf8"));
  } catch (thrown) {
    return fail(messageOf(thrown));
  }
}

function kindOf(path: string): "file" | "directory" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? "directory" : "file";
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

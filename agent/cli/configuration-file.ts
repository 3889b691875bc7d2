// A configuration file as commands read it: keepalived.conf, YAML or JSON, with everything that is wrong told at once.

import type { Command } from "commander";
import { messageOf } from "../base/errors.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import { machineSurroundings } from "../config/keepalived/expand/surroundings.ts";
import { type LoadResult, loadText } from "../config/load.ts";
import { formatIssues } from "../config/report.ts";
import type { Settings } from "../config/schema/settings.ts";
import type { SourceText } from "../config/source.ts";
import { CliError, type Io } from "./io.ts";
import { count } from "./words.ts";

/** Gives a command the option that says which lines of a keepalived.conf are meant. */
export function addConfigIdOption(command: Command): Command {
  return command.option(
    "-i, --config-id <id>",
    "what lines of a keepalived.conf that begin with @ are compared with; the host's name unless given",
  );
}

/** Reads a file; "-" is standard input. */
export async function readConfiguration(path: string, io: Io, configId?: string): Promise<LoadResult> {
  const text = await io.readFile(path).catch((thrown) => {
    throw new CliError(2, `cannot read ${path}: ${messageOf(thrown)}`);
  });
  const file = path === "-" ? "stdin" : path;
  return loadText(text, { file, surroundings: machineSurroundings(configId), resolves: false });
}

/** The settings of a file that must be right. Its problems go to stderr; warnings do not stop it. */
export async function expectConfiguration(path: string, io: Io, configId?: string): Promise<Settings> {
  return (await expectLoaded(path, io, configId)).settings;
}

/** The same with everything else that is known of the file. */
export async function expectLoaded(
  path: string,
  io: Io,
  configId?: string,
): Promise<LoadResult & { readonly settings: Settings }> {
  const loaded = await readConfiguration(path, io, configId);
  const { settings, issues, sources } = loaded;
  tellIssues(issues, sources, io);
  if (settings !== undefined) return { ...loaded, settings };
  throw new CliError(2, problemCount(path, issues));
}

/** Writes problems with their lines to stderr. */
export function tellIssues(issues: readonly Issue[], sources: readonly SourceText[], io: Io): void {
  io.err(formatIssues(issues, { sources, color: io.color }));
}

/** "FILE: 2 errors, 1 warning". */
export function problemCount(path: string, issues: readonly Issue[]): string {
  const of = (wanted: Issue["severity"]) => issues.filter(({ severity }) => severity === wanted).length;
  const parts = [count(of("error"), "error"), ...(of("warning") > 0 ? [count(of("warning"), "warning")] : [])];
  return `${path}: ${(hasErrors(issues) ? parts : parts.slice(1)).join(", ")}`;
}

// A configuration file as commands read it: keepalived.conf, YAML or JSON, with everything that is wrong told at once.

import { messageOf } from "../base/errors.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import { type LoadResult, loadText } from "../config/load.ts";
import { formatIssues } from "../config/report.ts";
import type { Settings } from "../config/schema/settings.ts";
import { CliError, type Io } from "./io.ts";
import { count } from "./words.ts";

/** What a file says, and its text. */
export interface ReadFile extends LoadResult {
  readonly text: string;
}

/** Reads a file; "-" is standard input. */
export async function readConfiguration(path: string, io: Io): Promise<ReadFile> {
  const text = await io.readFile(path).catch((thrown) => {
    throw new CliError(2, `cannot read ${path}: ${messageOf(thrown)}`);
  });
  return { ...loadText(text, { file: path === "-" ? "stdin" : path }), text };
}

/** The settings of a file that must be right. Its problems go to stderr; warnings do not stop it. */
export async function expectConfiguration(path: string, io: Io): Promise<Settings> {
  const { settings, issues, text } = await readConfiguration(path, io);
  tellIssues(issues, text, io);
  if (settings !== undefined) return settings;
  throw new CliError(2, problemCount(path, issues));
}

/** Writes problems with their lines to stderr. */
export function tellIssues(issues: readonly Issue[], text: string, io: Io): void {
  io.err(formatIssues(issues, { sourceText: text, color: io.color }));
}

/** "FILE: 2 errors, 1 warning". */
export function problemCount(path: string, issues: readonly Issue[]): string {
  const of = (wanted: Issue["severity"]) => issues.filter(({ severity }) => severity === wanted).length;
  const parts = [count(of("error"), "error"), ...(of("warning") > 0 ? [count(of("warning"), "warning")] : [])];
  return hasErrors(issues) ? `${path}: ${parts.join(", ")}` : path;
}

// Issues for programs: editors, continuous integration. All names stand flat beside one another, places count from 1 and end behind the last
// character, and nothing in it is a secret.

import type { Issue } from "./issue.ts";
import type { SourceText } from "./source.ts";

/** An issue as `check -o json` prints it. */
export interface Diagnostic {
  readonly severity: Issue["severity"];
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Where the word ends that it is about: on the same line, behind its last character. */
  readonly end_column?: number;
  /** The field, in the words of YAML. */
  readonly path?: string;
  readonly message: string;
  readonly expected?: string;
  readonly suggestion?: string;
  /** What keepalived does at this place. */
  readonly keepalived?: string;
  /** Where the definition was used that the line is part of. */
  readonly used_at?: { readonly file: string; readonly line: number; readonly column: number };
}

/** The diagnostics of issues; `sources` are the texts that their places are in. */
export function diagnosticsOf(issues: readonly Issue[], sources: readonly SourceText[]): Diagnostic[] {
  const lines = new Map(sources.map(({ file, text }) => [file, text.split(/\r?\n/)]));
  return issues.map((issue) => diagnosticOf(issue, lines));
}

function diagnosticOf(issue: Issue, lines: ReadonlyMap<string, readonly string[]>): Diagnostic {
  const { severity, code = "other", place, secret, path, message, expected, suggestion, keepalived } = issue;
  const rest = { path, message, expected, suggestion, keepalived };
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (place === undefined) return { severity, code, ...said } as Diagnostic;
  const { file, line, column, expansion } = place;
  const text = lines.get(file)?.[line - 1];
  const { usedAt } = expansion ?? {};
  return {
    ...{ severity, code, file, line, column },
    // How long a secret is, is nobody's business.
    ...(text !== undefined && secret === undefined && { end_column: column + wordLength(text.slice(column - 1)) }),
    ...said,
    ...(usedAt !== undefined && { used_at: { file: usedAt.file, line: usedAt.line, column: usedAt.column } }),
  } as Diagnostic;
}

/** How many characters the first word of a text has: up to its closing quote, or to what no word has. One at least. */
function wordLength(text: string): number {
  const quoted = /^(["'])(?:\\.|(?!\1).)*\1/.exec(text)?.[0];
  const plain = /^[^\s{}[\],]*[^\s{}[\],:]/.exec(text)?.[0];
  return (quoted ?? plain ?? " ").length;
}

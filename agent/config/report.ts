// Issues for people: the place, the line itself with a mark under the word, what was expected, and what was probably meant.

import type { Issue, Severity } from "./issue.ts";

/** How a report is written. */
export interface ReportOptions {
  /** The text that the places refer to; without it lines are not shown. */
  readonly sourceText?: string;
  readonly color: boolean;
  /** At most this many issues are shown, and the rest counted; 100 unless given. */
  readonly limit?: number;
}

/** The issues as text, one after another, ending with a newline; empty when there are none. */
export function formatIssues(issues: readonly Issue[], options: ReportOptions): string {
  const lines = options.sourceText?.split(/\r?\n/) ?? [];
  const limit = options.limit ?? 100;
  const shown = issues.slice(0, limit).map((issue) => formatIssue(issue, lines, options.color));
  const rest = issues.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return shown.map((text) => `${text}\n`).join("");
}

function formatIssue(issue: Issue, lines: readonly string[], color: boolean): string {
  const { place, path, message, expected, suggestion } = issue;
  const where = [place && `${place.file}:${place.line}:${place.column}`, path].filter((part) => part !== undefined);
  const head = [...where, severityText(issue.severity, color), message].join(": ");
  return [
    head,
    ...sourceLines(issue, lines),
    ...(expected === undefined ? [] : [`  expected: ${expected}`]),
    ...(suggestion === undefined ? [] : [`  did you mean: ${suggestion}`]),
  ].join("\n");
}

function severityText(severity: Severity, color: boolean): string {
  if (!color) return severity;
  return severity === "error" ? "\x1b[31merror\x1b[0m" : "\x1b[33mwarning\x1b[0m";
}

function sourceLines({ place, secret }: Issue, lines: readonly string[]): string[] {
  const line = place && lines[place.line - 1];
  if (place === undefined || line === undefined) return [];
  const number = String(place.line);
  const shown = secret || namesSecret.test(line) ? masked(line, place.column) : line;
  const window = around(shown, place.column);
  return [
    `  ${number} | ${window.text}`,
    `  ${" ".repeat(number.length)} | ${window.text.slice(0, window.mark).replace(/[^\t]/g, " ")}^`,
  ];
}

/** Passwords and keys stand in lines that say so. */
const namesSecret = /pass|\bkeys?\b/i;

/** The line without what may be a secret: a first word that names it stays, the rest does not. */
function masked(line: string, column: number): string {
  const kept = /^[\s-]*[\w-]*(?:auth|pas|type|word)[a-z_]*:?(?![^\s])\s?/i.exec(line)?.[0] ?? "";
  return `${kept}***`.padEnd(Math.min(column - 1, kept.length + 3));
}

/** A readable piece of a long line. */
function around(line: string, column: number): { readonly text: string; readonly mark: number } {
  if (line.length <= 160) return { text: line, mark: Math.min(column - 1, line.length) };
  const start = Math.max(0, column - 60);
  return { text: line.slice(start, start + 160), mark: column - 1 - start };
}

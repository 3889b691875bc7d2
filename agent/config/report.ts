// Issues for people: the place, the line itself with a mark under the word, what was expected, and what was probably meant.

import type { Issue, Severity } from "./issue.ts";
import type { SourceText } from "./source.ts";

/** How a report is written. */
export interface ReportOptions {
  /** The texts that the places refer to; without them lines are not shown. */
  readonly sources?: readonly SourceText[];
  readonly color: boolean;
  /** At most this many issues are shown, and the rest counted; 100 unless given. */
  readonly limit?: number;
}

/** The issues as text, one after another, ending with a newline; empty when there are none. */
export function formatIssues(issues: readonly Issue[], options: ReportOptions): string {
  const lines = linesOf(options.sources ?? []);
  const limit = options.limit ?? 100;
  const shown = issues.slice(0, limit).map((issue) => formatIssue(issue, lines, options.color));
  const rest = issues.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more`);
  return shown.map((text) => `${text}\n`).join("");
}

/** The lines of the texts by their files' names; a text is split when the first of its lines is asked for. */
type Lines = (file: string) => readonly string[];

function linesOf(sources: readonly SourceText[]): Lines {
  const split = new Map<string, readonly string[]>();
  return (file) => {
    const known = split.get(file);
    if (known !== undefined) return known;
    const lines = sources.find((source) => source.file === file)?.text.split(/\r?\n/) ?? [];
    split.set(file, lines);
    return lines;
  };
}

function formatIssue(issue: Issue, lines: Lines, color: boolean): string {
  const { place, path, message, expected, suggestion, keepalived } = issue;
  const where = [place && `${place.file}:${place.line}:${place.column}`, path].filter((part) => part !== undefined);
  const head = [...where, severityText(issue.severity, color), shortened(message)].join(": ");
  return [
    head,
    ...sourceLines(issue, lines),
    ...expansionLines(issue, lines),
    ...(expected === undefined ? [] : [`  expected: ${expected}`]),
    ...(suggestion === undefined ? [] : [`  did you mean: ${suggestion}`]),
    ...(keepalived === undefined ? [] : [`  keepalived ${keepalived}`]),
  ].join("\n");
}

/** A message that quotes a very long word has its beginning. */
function shortened(message: string): string {
  return message.replace(/(\S{100})[^\s"]{50,}/g, "$1…");
}

function severityText(severity: Severity, color: boolean): string {
  if (!color) return severity;
  return severity === "error" ? "\x1b[31merror\x1b[0m" : "\x1b[33mwarning\x1b[0m";
}

/** What the line was read as, where definitions or ranges made another of it. */
function expansionLines({ place, secret }: Issue, lines: Lines): string[] {
  const { expansion } = place ?? {};
  if (place === undefined || expansion === undefined) return [];
  const { text, column, usedAt } = expansion;
  const written = lines(place.file)[place.line - 1] ?? "";
  const hidden = secret || namesSecret.test(text) || namesSecret.test(written);
  const shown = around(hidden ? masked(text, column) : text, column).text.trim();
  return [
    ...(written.trim() === text.trim() ? [] : [`  read as: ${shown}`]),
    ...(usedAt === undefined ? [] : [`  used at: ${usedAt.file}:${usedAt.line}:${usedAt.column}`]),
  ];
}

function sourceLines({ place, secret }: Issue, lines: Lines): string[] {
  const line = place && lines(place.file)[place.line - 1];
  if (place === undefined || line === undefined) return [];
  const number = String(place.line);
  const shown = secret || namesSecret.test(line) ? masked(line, place.column) : line;
  const window = around(shown, place.column);
  return [
    `  ${number} | ${window.text}`,
    `  ${" ".repeat(number.length)} | ${blank(window.text.slice(0, window.mark))}^`,
  ];
}

/** As many columns of nothing: a character may be two of them wide, or none, and a tab is as wide as in the line above. */
function blank(text: string): string {
  return text.replace(/[^\t]+/g, (piece) => " ".repeat(Bun.stringWidth(piece)));
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

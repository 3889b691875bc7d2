// A text to a model: which of the three languages it is, what it says, and where each problem stands in it.

import { type Issue, issueOf } from "./issue.ts";
import { readJsonQuickly } from "./json.ts";
import { lowerKeepalived } from "./keepalived/lower.ts";
import type { Model } from "./model.ts";
import type { Settings } from "./schema/settings.ts";
import { checkDocument, checkSettings } from "./validate.ts";

/** The languages that a configuration can be written in. */
export type Format = "yaml" | "json" | "keepalived";

/** What a text comes to: settings and model unless one of the issues is an error. */
export interface LoadResult {
  readonly format: Format;
  readonly settings?: Settings;
  readonly model?: Model;
  /** In the order of the text. */
  readonly issues: readonly Issue[];
}

/** Reads a configuration; the language is told by its content unless given. `file` is the name that places carry. */
export function loadText(text: string, options: { readonly file: string; readonly format?: Format }): LoadResult {
  const format = options.format ?? detectFormat(text);
  if (isBlank(text, format)) return { format, issues: [emptyFile(options.file)] };
  const quick = readQuickly(text, format);
  if (quick !== undefined) return { format, ...quick };
  const source = format === "keepalived" ? lowerKeepalived(text, options.file) : yamlReader()(text, options.file);
  if (source.document === undefined) return { format, issues: inOrder(source.issues) };
  const { findings, ...result } = checkDocument(source.document);
  const issues = inOrder([
    ...source.issues,
    ...findings.map((finding) => {
      const issue = issueOf(finding, source.locate(finding.path, finding.at === "key"));
      return format === "keepalived" ? withoutPath(issue) : issue;
    }),
  ]);
  // A text that is wrong in any way has no settings, even if what could be made of it is valid.
  return source.issues.some(({ severity }) => severity === "error")
    ? { format, issues }
    : { format, ...result, issues };
}

/** The result of a JSON text about which there is nothing to say, and so no places to look up. */
function readQuickly(text: string, format: Format): Omit<LoadResult, "format"> | undefined {
  const settings = format === "json" ? readJsonQuickly(text) : undefined;
  if (settings === undefined) return undefined;
  const { findings, ...result } = checkSettings(settings);
  return findings.length === 0 ? { ...result, issues: [] } : undefined;
}

/** The library behind it takes long to load, and an agent that reads a keepalived.conf never needs it. */
function yamlReader(): typeof import("./yaml.ts").readYaml {
  return (require("./yaml.ts") as typeof import("./yaml.ts")).readYaml;
}

/** Which language a text is written in. JSON begins with a brace, a YAML document with a key and a colon; the rest is keepalived's. */
export function detectFormat(text: string): Format {
  const first = firstLine(text, /^\s*([#!].*)?$/);
  if (/^\s*[[{]/.test(first)) return "json";
  return /^(---|%YAML|\s*- |\s*["']?[\w-]+["']?\s*:(\s|$))/.test(first) ? "yaml" : "keepalived";
}

function isBlank(text: string, format: Format): boolean {
  return firstLine(text, format === "keepalived" ? /^\s*([#!].*)?$/ : /^\s*(#.*)?$/) === "";
}

/** The first line that says something. */
function firstLine(text: string, silent: RegExp): string {
  let start = text.startsWith("\ufeff") ? 1 : 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end === -1 ? undefined : end).trimEnd();
    if (!silent.test(line)) return line;
    if (end === -1) break;
    start = end + 1;
  }
  return "";
}

/** In a keepalived.conf the line says it; our field names would be strange there. */
function withoutPath({ path: _, ...issue }: Issue): Issue {
  return issue;
}

function emptyFile(file: string): Issue {
  const message = "the file is empty: it would remove every virtual address and virtual server";
  return { severity: "error", place: { file, line: 1, column: 1 }, message };
}

function inOrder(issues: readonly Issue[]): readonly Issue[] {
  const line = (issue: Issue) => issue.place?.line ?? 0;
  return issues.toSorted((a, b) => line(a) - line(b) || (a.place?.column ?? 0) - (b.place?.column ?? 0));
}

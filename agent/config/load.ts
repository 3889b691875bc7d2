// A text to a model: which of the three languages it is, what it says, and where each problem stands in it.

import { camelCase, type Issue, type IssueCode, issueOf, type Path, snakeCase } from "./issue.ts";
import { readJsonQuickly } from "./json.ts";
import { type Comment, commentsOf } from "./keepalived/comments.ts";
import { expandKeepalived } from "./keepalived/expand/expand.ts";
import { needsExpansion } from "./keepalived/expand/needed.ts";
import { noSurroundings, type Surroundings } from "./keepalived/expand/surroundings.ts";
import { lowerKeepalived } from "./keepalived/lower.ts";
import type { Model } from "./model.ts";
import { readYamlQuickly } from "./plain-yaml.ts";
import type { Settings } from "./schema/settings.ts";
import type { Source, SourceText } from "./source.ts";
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
  /** The files that were read, the configuration file first. */
  readonly sources: readonly SourceText[];
  /** The comments of a keepalived.conf that includes nothing, each with what it is about. They are looked for when they are asked for. */
  readonly comments?: () => readonly Comment[];
}

/** How a text is read. */
export interface LoadOptions {
  /** The name that places carry; what a keepalived.conf includes is looked for beside it. */
  readonly file: string;
  /** The language, when it is not to be told by the content. */
  readonly format?: Format;
  /** Where a keepalived.conf finds other files, its instance id and variables; none of them unless given. */
  readonly surroundings?: Surroundings;
  /** False: nobody wants the model, which takes a quarter of the time of a large table. */
  readonly resolves?: boolean;
}

/** Reads a configuration; the language is told by its content unless given. `file` is the name that places carry. */
export function loadText(text: string, options: LoadOptions): LoadResult {
  const { file, format = detectFormat(text), surroundings = noSurroundings(), resolves = true } = options;
  const alone = [{ file, text }];
  if (isBlank(text, format)) return { format, issues: [emptyFile(file)], sources: alone };
  const quick = readQuickly(text, format, resolves);
  if (quick !== undefined) return { format, ...quick, sources: alone };
  const source = format === "keepalived" ? lowerKeepalived(text, file, surroundings) : yamlReader()(text, file);
  const sources = source.sources ?? alone;
  if (source.document === undefined) return { format, issues: inOrder(source.issues, sources), sources };
  const { findings, ...result } = checkDocument(source.document, resolves);
  const found = findings.map((finding) => {
    const issue = issueOf(finding, source.locate(finding.path, finding.at === "key"));
    return format === "keepalived" ? inLines(issue, finding.path, source) : issue;
  });
  const ordered = inOrder([...source.issues, ...found], sources);
  const issues = format === "keepalived" ? ordered.map(besideKeepalived) : ordered;
  // A text that is wrong in any way has no settings, even if what could be made of it is valid.
  return source.issues.some(({ severity }) => severity === "error")
    ? { format, issues, sources }
    : { format, ...result, issues, sources, ...commentsIn(text, format, source) };
}

/** What is refused here stops keepalived in no case but that of an include that has to be there: it leaves something out, and is up. */
function besideKeepalived(issue: Issue): Issue {
  if (issue.severity === "warning" || issue.keepalived !== undefined) return issue;
  return issue.code !== undefined && leftOut.has(issue.code) ? { ...issue, keepalived: "goes on" } : issue;
}

const leftOut: ReadonlySet<IssueCode> = new Set(["invalid-value", "invalid-line", "missing-field", "contradiction"]);

function commentsIn(text: string, format: Format, source: Source): Pick<LoadResult, "comments"> {
  if (format !== "keepalived" || source.sources?.length !== 1) return {};
  return { comments: () => commentsOf(text, source.document, source.locate) };
}

/** What a configuration is read from, and whether that depends on anything but the text itself: on other files, or on the machine. */
export function sourcesOf(
  text: string,
  { file, format = detectFormat(text), surroundings = noSurroundings() }: LoadOptions,
): { readonly sources: readonly SourceText[]; readonly depends: boolean } {
  const depends = format === "keepalived" && needsExpansion(text);
  return { depends, sources: depends ? expandKeepalived(text, file, surroundings).sources : [{ file, text }] };
}

/** The result of a JSON or YAML text about which there is nothing to say, and so no places to look up. */
function readQuickly(
  text: string,
  format: Format,
  resolves: boolean,
): Omit<LoadResult, "format" | "sources"> | undefined {
  const settings = format === "json" ? readJsonQuickly(text) : format === "yaml" ? readYamlQuickly(text) : undefined;
  if (settings === undefined) return undefined;
  const { findings, ...result } = checkSettings(settings, resolves);
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
function inLines({ path: _, message, ...issue }: Issue, path: Path, source: Source): Issue {
  const last = path.at(-1);
  const whole = /^is /.test(message) && typeof last === "string" ? `${snakeCase(last)} ${message}` : message;
  return { ...issue, message: whole.replace(fieldPath, (text) => lineOf(text, source) ?? text) };
}

/** A path to an element of a list, as messages name it. */
const fieldPath = /\b[a-z]+(?:_[a-z]+)*\[\d+\](?:\.[a-z]+(?:_[a-z]+)*|\[\d+\])*/g;

function lineOf(text: string, source: Source): string | undefined {
  const steps = text.split(/[.[\]]+/).filter((step) => step !== "");
  const place = source.locate(
    steps.map((step) => (/^\d+$/.test(step) ? Number(step) : (camelCase(step) ?? step))),
    false,
  );
  return place && `line ${place.line}`;
}

function emptyFile(file: string): Issue {
  const message = "the file is empty: it would remove every virtual address and virtual server";
  return { severity: "error", code: "empty-file", place: { file, line: 1, column: 1 }, message };
}

/** In the order of the files, and of the lines of each. */
function inOrder(issues: readonly Issue[], sources: readonly SourceText[]): readonly Issue[] {
  const files = sources.map(({ file }) => file);
  const key = ({ place }: Issue) => [files.indexOf(place?.file ?? ""), place?.line ?? 0, place?.column ?? 0];
  const keyed = issues.map((issue) => ({ issue, key: key(issue) }));
  return keyed.toSorted((a, b) => compare(a.key, b.key)).map(({ issue }) => issue);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((number, at) => number !== b[at]);
  return (a[index] ?? 0) - (b[index] ?? 0);
}

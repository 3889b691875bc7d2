// keepalived.conf before it is scanned: includes, lines for one instance id, definitions, repeated lines. Text to text, with the way back to
// where everything was written. A file that uses none of it never comes here.
// keepalived looks at a line in this order, and so do we: the condition, a definition, a range, its references, an include. What references
// turn a line into is looked at in the same order again.

import { dirname, isAbsolute, join as joinPath } from "node:path";
import type { PlaceAt } from "../../places.ts";
import type { SourceText } from "../../source.ts";
import type { LexicalProblem } from "../lexer.ts";
import { commentStart, isQuoted } from "./comment.ts";
import {
  builtIn,
  type Definition,
  type Definitions,
  definitionIn,
  nextReference,
  type Reference,
  replaceReferences,
} from "./definitions.ts";
import { checkLevel, filesOf, type Include, type IncludeChecks, includeIn, noChecks } from "./include.ts";
import { cut, join, type Line, originAt, plainLine } from "./line.ts";
import { beginsRange, readRange } from "./ranges.ts";
import { ExpandedText } from "./source-map.ts";
import type { Surroundings } from "./surroundings.ts";

/** A configuration without includes, conditions, definitions and ranges. */
export interface Expanded {
  readonly text: string;
  /** Where a character of the text was written. */
  readonly placeAt: PlaceAt;
  readonly problems: readonly LexicalProblem[];
  /** The files that were read, the configuration file first. */
  readonly sources: readonly SourceText[];
}

/** Expands a configuration. It never fails and always ends; what is wrong is among the problems, placed in the expanded text. */
export function expandKeepalived(text: string, file: string, surroundings: Surroundings): Expanded {
  const run: Run = {
    surroundings,
    definitions: new Map(),
    out: new ExpandedText(),
    problems: [],
    steps: 0,
    full: false,
    isRelative: !isAbsolute(file),
  };
  readSource(
    run,
    { text, file },
    { depth: 0, level: { checks: noChecks }, directory: directoryOf(file, surroundings) },
  );
  const { out, problems } = run;
  return { text: out.text(), placeAt: out.places(), problems, sources: out.sources };
}

interface Run {
  readonly surroundings: Surroundings;
  readonly definitions: Definitions;
  readonly out: ExpandedText;
  readonly problems: LexicalProblem[];
  /** How many lines were looked at. */
  steps: number;
  /** A bound was met: nothing more is read. */
  full: boolean;
  /** The configuration file was named without its directory. */
  readonly isRelative: boolean;
}

/** What a line is read within. */
interface Context {
  /** The directory of the file that it stands in. */
  readonly directory: string;
  /** How many includes and definitions around it are being read. */
  readonly depth: number;
  /** What include_check asks for; a file changes it for itself and for what it includes. */
  readonly level: { checks: IncludeChecks };
}

/** Bounds that no configuration for people comes near: keepalived's own example of a large one has 65,024 instances and a million lines. */
const mostLines = 2_000_000;
const longestText = 128 * 1024 * 1024;
const deepest = 60;

function directoryOf(file: string, { directory }: Surroundings): string {
  const own = dirname(file);
  return isAbsolute(own) ? own : joinPath(directory, own);
}

function readSource(run: Run, source: SourceText, context: Context): void {
  const number = run.out.addSource(source);
  const reader = { text: source.text, position: 0, number };
  for (let line = nextLine(reader); line !== undefined && !run.full; line = nextLine(reader))
    if (isPlain(line.text)) addPlain(run, line);
    else takeSourceLine(run, line, reader, context);
}

interface Reader {
  readonly text: string;
  position: number;
  readonly number: number;
}

function nextLine(reader: Reader): Line | undefined {
  const { text, position, number } = reader;
  if (position >= text.length) return undefined;
  const found = text.indexOf("\n", position);
  const end = found === -1 ? text.length : found;
  reader.position = end + 1;
  return plainLine(text.slice(position, end), number, position);
}

/** Whether a line says nothing that concerns us. */
function isPlain(text: string): boolean {
  return !text.includes("$") && !/^\s*(?:[@~]|include)/.test(text);
}

/** A line stays as it is, comments and all. */
function addPlain(run: Run, line: Line): void {
  if (!mayGoOn(run, line)) return;
  run.out.addText(`${line.text}\n`, originAt(line, 0));
}

function takeSourceLine(run: Run, line: Line, reader: Reader, context: Context): void {
  if (!mayGoOn(run, line)) return;
  const conditional = applyCondition(run, withoutComment(line));
  if (conditional === undefined) return skipLine(run, line);
  const definition = definitionIn(conditional.text);
  if (definition === undefined) return takeLine(run, conditional, context, line);
  run.definitions.set(definition.name, readDefinition(run, cut(rawFrom(line, conditional), definition.value), reader));
  skipLine(run, line);
}

/** The line with its comment, less the condition that was taken off: a definition that goes on is told by its very last character. */
function rawFrom(line: Line, conditional: Line): Line {
  const taken = withoutComment(line).text.length - conditional.text.length;
  return cut(line, taken);
}

/** In place of a line that becomes nothing: lines keep their order, and an empty one changes nothing. */
function skipLine(run: Run, line: Line): void {
  run.out.addText("\n", originAt(line, 0));
}

function readDefinition(run: Run, first: Line, reader: Reader): Definition {
  const lines: Line[] = [];
  let line = first;
  const several = continues(line.text);
  let goesOn = several;
  addUnlessEmpty(lines, withoutContinuation(line));
  while (goesOn) {
    const next = nextLine(reader);
    if (next === undefined || next.text.trim() === "") break;
    line = next;
    goesOn = continues(line.text) || isComment(run, line);
    addUnlessEmpty(lines, withoutContinuation(line));
  }
  return { lines, several };
}

/** keepalived's processes do not agree on what a comment in a definition does. */
function isComment(run: Run, line: Line): boolean {
  if (withoutComment(line).text.trim() !== "") return false;
  report(run, line, 0, {
    message: "a comment within a definition ends it for some of keepalived's processes, not for others",
    expected: "a \\ at the end of the comment, or the comment before the definition",
  });
  return true;
}

/** What stands before a definition's name goes on with its first word. */
function addUnlessEmpty(lines: Line[], line: Line): void {
  const start = line.text.search(/\S/);
  if (start !== -1) lines.push(cut(line, start));
}

function continues(text: string): boolean {
  return /\\\s*$/.test(text);
}

function withoutContinuation(line: Line): Line {
  const bare = withoutComment(cut(line, 0, line.text.replace(/\s*\\\s*$/, "").length));
  return cut(bare, 0, bare.text.trimEnd().length);
}

function withoutComment(line: Line): Line {
  const bare = cut(line, 0, commentStart(line.text));
  return cut(bare, 0, bare.text.trimEnd().length);
}

/** `@id` and `@^id` in front of a line; undefined when the line is for other instances. */
function applyCondition(run: Run, line: Line): Line | undefined {
  const found = /^\s*@(\^?)(\S*)\s*/.exec(line.text);
  if (found === null) return line;
  const [whole, not, id] = found;
  return (id === run.surroundings.instance) === (not === "") ? cut(line, whole.length) : undefined;
}

/** Takes a line that is no definition yet. `written` is the line of the file with its comment, when nothing was changed so far. */
function takeLine(run: Run, line: Line, context: Context, written?: Line): void {
  if (beginsRange(line.text)) return repeat(run, line, context);
  const replaced = replaceReferences(line, (reference) => meaningOf(run, reference, context));
  if (replaced.endless !== undefined) return reportEndless(run, line, replaced.endless);
  if (replaced.lines !== undefined)
    return takeLines(run, replaced.line, replaced.lines.definition, replaced.lines.reference, context);
  if (replaced.line !== line) return takeAgain(run, replaced.line, context);
  const include = includeIn(line.text, context.level.checks);
  if (include !== undefined) return readInclude(run, line, include, context);
  finish(run, line, context, written);
}

/** A line that references were replaced in may have become something else. */
function takeAgain(run: Run, line: Line, context: Context): void {
  const conditional = applyCondition(run, line);
  if (conditional === undefined) return skipLine(run, line);
  const definition = definitionIn(conditional.text);
  if (definition !== undefined) return define(run, conditional, definition);
  if (beginsRange(conditional.text)) return repeat(run, conditional, context);
  const include = includeIn(conditional.text, context.level.checks);
  if (include !== undefined) return readInclude(run, conditional, include, context);
  finish(run, conditional, context);
}

function define(run: Run, line: Line, { name, value }: { readonly name: string; readonly value: number }): void {
  run.definitions.set(name, { lines: [cut(line, value)], several: false });
  skipLine(run, line);
}

/** Writes a line to which nothing more has to be done. */
function finish(run: Run, line: Line, context: Context, written?: Line): void {
  const level = checkLevel(line.text, context.level.checks);
  if (level !== undefined) context.level.checks = level;
  for (let found = nextReference(line.text, 0); found !== undefined; found = nextReference(line.text, found.to))
    if (line.text[found.from + 1] === "{" && !isQuoted(line.text, found.from)) reportUndefined(run, line, found);
  if (written?.text.startsWith(line.text)) run.out.addText(`${written.text}\n`, originAt(written, 0));
  else run.out.addLine(line);
}

/** The lines of a definition where a line ends with its name; what stands before the name stands before the first of them. */
function takeLines(run: Run, line: Line, { lines }: Definition, reference: Reference, context: Context): void {
  if (context.depth >= deepest) return reportEndless(run, line, reference);
  const usedAt = line.usedAt ?? originAt(line, reference.from);
  const within = { ...context, depth: context.depth + 1 };
  const [first, ...others] = lines;
  if (first !== undefined) takeAny(run, { ...join(cut(line, 0, reference.from), first), usedAt }, within);
  for (const other of others) {
    if (run.full) return;
    takeAny(run, { ...other, usedAt }, within);
  }
}

/** Any line that is not one of a file. */
function takeAny(run: Run, line: Line, context: Context): void {
  if (!mayGoOn(run, line)) return;
  const conditional = applyCondition(run, line);
  if (conditional === undefined) return;
  const definition = definitionIn(conditional.text);
  if (definition !== undefined) return define(run, conditional, definition);
  takeLine(run, conditional, context);
}

function repeat(run: Run, line: Line, context: Context): void {
  if (context.depth >= deepest) return report(run, line, 0, { message: "ranges are nested too deeply", expected: "" });
  const { head, body } = splitRange(run, line, context);
  const range = readRange(head.text);
  if (!range.ok)
    return report(run, head, head.text.search(/\S/), { ...range.error, keepalived: "ignores the line, and goes on" });
  const rest = join(cut(head, range.value.rest), body);
  const start = rest.text.search(/\S/);
  if (start === -1) return skipLine(run, line);
  const within = { ...context, depth: context.depth + 1 };
  for (const round of range.value.rounds) {
    if (run.full) return;
    for (const [name, value] of round) run.definitions.set(name, { lines: [plainLine(value, 0, 0)], several: false });
    takeAny(run, cut(rest, start), within);
  }
}

/** The range itself with its references replaced, and what is repeated, in which they have to wait for its values. */
function splitRange(run: Run, line: Line, context: Context): { readonly head: Line; readonly body: Line } {
  const close = line.text.indexOf(")");
  const end = close === -1 ? line.text.length : close + 1;
  const head = replaceReferences(cut(line, 0, end), (reference) => meaningOf(run, reference, context)).line;
  return { head, body: cut(line, end) };
}

function meaningOf(run: Run, reference: Reference, { directory }: Context): Definition | undefined {
  const given = builtIn(reference, directory, run.surroundings);
  if (given !== undefined) return { lines: [plainLine(given, 0, 0)], several: false };
  return reference.more === "" ? run.definitions.get(reference.name) : undefined;
}

function readInclude(run: Run, line: Line, include: Include, context: Context): void {
  const at = include.at;
  if (context.depth >= deepest || include.pattern.length > 4096)
    return report(run, line, at, {
      message: `${include.pattern.slice(0, 80)} is included too deeply`,
      expected: "files that do not include themselves",
    });
  const { files, missing } = filesOf(include, context.directory, run.surroundings);
  for (const { what, strict } of missing) reportMissing(run, line, { what, strict, at });
  skipLine(run, line);
  for (const file of files) if (!run.full) readIncluded(run, line, { file, include }, context);
}

function readIncluded(
  run: Run,
  line: Line,
  { file, include }: { readonly file: string; readonly include: Include },
  { depth, level }: Context,
): void {
  const severity = include.checks.readable ? "error" : "warning";
  const shown = shownName(run, file);
  if (run.surroundings.kindOf(file) === "directory")
    return report(run, line, include.at, {
      severity,
      message: `${shown} is a directory`,
      expected: `the files in it: ${shown}/*.conf`,
    });
  const read = run.surroundings.readFile(file);
  if (!read.ok) {
    const message = `${shown} cannot be read: ${read.error}`;
    return report(run, line, include.at, { severity, message, expected: "a file that can be read" });
  }
  const context = { directory: dirname(file), depth: depth + 1, level: { checks: level.checks } };
  readSource(run, { text: read.value, file: shown }, context);
}

/** A file as the configuration file itself was named: without its directory when that one had none. */
function shownName({ surroundings, isRelative }: Run, file: string): string {
  const own = `${surroundings.directory}/`;
  return isRelative && file.startsWith(own) ? file.slice(own.length) : file;
}

function reportMissing(
  run: Run,
  line: Line,
  { what, strict, at }: { readonly what: string; readonly strict: boolean; readonly at: number },
): void {
  const quoted = /^["']/.test(what);
  report(run, line, at, {
    severity: strict || quoted ? "error" : "warning",
    message: `there is no ${what}`,
    keepalived: strict ? "does not load the configuration" : "goes on without it",
    expected: quoted ? "the name without quotes: they are taken for a part of it" : "a file of that name",
  });
}

function reportUndefined(run: Run, line: Line, { name, from }: Reference): void {
  report(run, line, from, {
    message: `${name} is not defined here`,
    expected: `$${name}=VALUE on a line before`,
    keepalived: "leaves it as it stands, and takes its brace for the beginning of a block",
  });
}

function reportEndless(run: Run, line: Line, { name, from }: Reference): void {
  report(run, line, Math.min(from, Math.max(0, line.text.length - 1)), {
    message: `what ${name} stands for never ends: it is defined by itself, or grows beyond any line`,
    expected: "definitions that do not name each other in a circle",
  });
}

interface Report extends Pick<LexicalProblem, "message" | "expected" | "keepalived"> {
  readonly severity?: "error" | "warning";
}

/** Reports a problem at a line, which becomes an empty one that keeps its place. */
function report(run: Run, line: Line, offset: number, { severity = "error", ...problem }: Report): void {
  run.problems.push({ severity, at: run.out.length, ...problem });
  run.out.addText("\n", originAt(line, Math.max(0, offset)));
}

/** Counts a line, and says once when there are too many. */
function mayGoOn(run: Run, line: Line): boolean {
  if (run.full) return false;
  run.steps++;
  if (run.steps <= mostLines && run.out.length <= longestText) return true;
  run.full = true;
  report(run, line, 0, {
    message: `the file comes to more than ${mostLines.toLocaleString("en")} lines: nothing is read from here on`,
    expected: "smaller ranges, and definitions and includes that do not repeat each other",
  });
  return false;
}

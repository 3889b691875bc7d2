// YAML the quick way: what people and generators mostly write, each line for itself: maps and lists in blocks, lists and maps in brackets on
// one line, plain and quoted words, comments. Everything else, and every doubt, is left to the library, which knows places and all of YAML.
//
// So this may give up on what is right (that costs time only), but must never read what the library refuses, nor read it otherwise.

import { readSnakeDocument } from "./schema/read-document.ts";
import type { Settings } from "./schema/settings.ts";

/** The settings of a YAML text; undefined when something may be wrong with it, or when it is not as simple as that. */
export function readYamlQuickly(text: string): Settings | undefined {
  const document = readSimpleYaml(text);
  return document === undefined ? undefined : readSnakeDocument(document);
}

/** The document of a text; undefined when it is not as simple as that. Nothing in it is null. */
export function readSimpleYaml(text: string): unknown {
  if (unusual.test(text)) return undefined;
  const lines = new Lines(text);
  const document = block(lines, 0);
  return lines.indent === -1 ? document : undefined;
}

/** Tabs, other ends of lines, and what is not to be seen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const unusual = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/;

const [space, hash, dash, colon, quote, apostrophe, backslash] = [32, 35, 45, 58, 34, 39, 92];
const [bracket, bracketEnd, brace, braceEnd, comma] = [91, 93, 123, 125, 44];
const deepest = 50;

/** The lines that say something, one after the other. */
class Lines {
  /** How far the line is indented; -1 after the last. What stands behind a dash is a line of its own. */
  indent = -1;
  /** Where the line begins behind its blanks, and where it ends before them. */
  start = 0;
  end = 0;
  #next = 0;

  constructor(readonly text: string) {
    this.advance();
  }

  advance(): void {
    const { text } = this;
    while (this.#next < text.length) {
      const begin = this.#next;
      const lineEnd = text.indexOf("\n", begin);
      let end = lineEnd === -1 ? text.length : lineEnd;
      this.#next = end + 1;
      const start = pastBlanks(text, begin, end);
      if (start === end || text.charCodeAt(start) === hash) continue;
      while (text.charCodeAt(end - 1) === space) end--;
      [this.indent, this.start, this.end] = [start - begin, start, end];
      return;
    }
    this.indent = -1;
  }

  /** Goes on behind a dash. */
  enter(at: number): void {
    this.indent += at - this.start;
    this.start = at;
  }

  get isItem(): boolean {
    const { text, start, end } = this;
    return text.charCodeAt(start) === dash && (start + 1 === end || text.charCodeAt(start + 1) === space);
  }
}

function block(lines: Lines, depth: number): unknown {
  if (depth > deepest || lines.indent === -1) return undefined;
  return lines.isItem ? list(lines, depth) : map(lines, depth);
}

function list(lines: Lines, depth: number): unknown {
  const { indent, text } = lines;
  const items: unknown[] = [];
  while (lines.indent === indent && lines.isItem) {
    const at = pastBlanks(text, lines.start + 1, lines.end);
    const item = keyEnd(text, at, lines.end) === -1 ? lineValue(lines, at, indent) : mapBehindDash(lines, at, depth);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return lines.indent > indent ? undefined : items;
}

function mapBehindDash(lines: Lines, at: number, depth: number): unknown {
  lines.enter(at);
  return depth > deepest ? undefined : map(lines, depth + 1);
}

function map(lines: Lines, depth: number): unknown {
  const { indent, text } = lines;
  const fields: Record<string, unknown> = {};
  while (lines.indent === indent && !lines.isItem) {
    const end = keyEnd(text, lines.start, lines.end);
    const key = text.slice(lines.start, end);
    if (end === -1 || fields[key] !== undefined || key === "null") return undefined;
    const at = pastBlanks(text, end + 1, lines.end);
    const value = isOver(text, at, lines.end) ? blockBelow(lines, depth) : lineValue(lines, at, indent);
    if (value === undefined) return undefined;
    fields[key] = value;
  }
  return lines.indent > indent ? undefined : fields;
}

/** The value of a key that stands below it: further in, or a list as far in. */
function blockBelow(lines: Lines, depth: number): unknown {
  const { indent } = lines;
  lines.advance();
  return lines.indent > indent || (lines.indent === indent && lines.isItem) ? block(lines, depth + 1) : undefined;
}

/** A value that ends with its line: what is further in below would go on with it. */
function lineValue(lines: Lines, at: number, indent: number): unknown {
  const { text, end } = lines;
  const value =
    text.charCodeAt(at) === bracket || text.charCodeAt(at) === brace ? inBrackets(text, at, end) : alone(text, at, end);
  lines.advance();
  return lines.indent > indent ? undefined : value;
}

/** A word, which may have a comment behind it. */
function alone(text: string, at: number, end: number): unknown {
  const first = text.charCodeAt(at);
  if (first !== quote && first !== apostrophe) {
    const word = text.slice(at, end);
    const comment = word.indexOf(" #");
    return plain(comment === -1 ? word : word.slice(0, comment).trimEnd());
  }
  const close = closingQuote(text, at, end);
  return close !== -1 && isOver(text, pastBlanks(text, close + 1, end), end) ? text.slice(at + 1, close) : undefined;
}

/** The quotation mark that ends a word without escapes; -1 when there is none. */
function closingQuote(text: string, start: number, end: number): number {
  const mark = text.charCodeAt(start);
  let at = start + 1;
  while (at < end && text.charCodeAt(at) !== mark && (mark === apostrophe || text.charCodeAt(at) !== backslash)) at++;
  const isDoubled = mark === apostrophe && text.charCodeAt(at + 1) === mark;
  return at >= end || text.charCodeAt(at) !== mark || isDoubled ? -1 : at;
}

/** A word without quotation marks: a number, true or false, or a text that cannot be taken for anything else. */
function plain(word: string): unknown {
  if (!/^(?:[A-Za-z0-9_/.]|-[1-9A-Za-z])/.test(word) || word.includes(": ") || word.endsWith(":")) return undefined;
  if (/^-?[0-9]{1,15}$/.test(word) || /^-?[0-9]{1,9}\.[0-9]{1,6}$/.test(word)) return Number(word);
  if (word === "true" || word === "false") return word === "true";
  return special.test(word) ? undefined : word;
}

/** Other numbers, and other words for true, false and nothing (YAML 1.2, section 10.3.2). */
const special =
  /^(?:-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|\.inf|\.nan|true|false|null)$/i;

/** The list or map in brackets that takes the rest of the line, but for a comment. */
function inBrackets(text: string, start: number, end: number): unknown {
  const reader: Brackets = { text, end, at: start };
  const value = bracketed(reader, 0);
  return value !== undefined && isOver(text, pastBlanks(text, reader.at, end), end) ? value : undefined;
}

/** Where the reading of brackets is. */
interface Brackets {
  readonly text: string;
  readonly end: number;
  at: number;
}

function bracketed(reader: Brackets, depth: number): unknown {
  const first = reader.text.charCodeAt(reader.at);
  if (depth > deepest || reader.at >= reader.end) return undefined;
  if (first === bracket) return bracketedList(reader, depth);
  if (first === brace) return bracketedMap(reader, depth);
  return first === quote || first === apostrophe ? quoted(reader) : unquoted(reader);
}

function bracketedList(reader: Brackets, depth: number): unknown {
  const items: unknown[] = [];
  if (begins(reader, bracketEnd)) return items;
  do {
    const item = bracketed(reader, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
  } while (goesOn(reader));
  return ends(reader, bracketEnd) ? items : undefined;
}

function bracketedMap(reader: Brackets, depth: number): unknown {
  const fields: Record<string, unknown> = {};
  if (begins(reader, braceEnd)) return fields;
  do {
    const end = keyEnd(reader.text, reader.at, reader.end);
    const key = reader.text.slice(reader.at, end);
    if (end === -1 || fields[key] !== undefined || key === "null") return undefined;
    reader.at = pastBlanks(reader.text, end + 1, reader.end);
    const value = bracketed(reader, depth + 1);
    if (value === undefined) return undefined;
    fields[key] = value;
  } while (goesOn(reader));
  return ends(reader, braceEnd) ? fields : undefined;
}

/** Goes past the opening bracket; true when the closing one follows, which is passed, too. */
function begins(reader: Brackets, close: number): boolean {
  reader.at = pastBlanks(reader.text, reader.at + 1, reader.end);
  return ends(reader, close);
}

function ends(reader: Brackets, close: number): boolean {
  if (reader.at >= reader.end || reader.text.charCodeAt(reader.at) !== close) return false;
  reader.at = pastBlanks(reader.text, reader.at + 1, reader.end);
  return true;
}

function goesOn(reader: Brackets): boolean {
  return ends(reader, comma);
}

function quoted(reader: Brackets): unknown {
  const { text, at, end } = reader;
  const close = closingQuote(text, at, end);
  if (close === -1) return undefined;
  reader.at = pastBlanks(text, close + 1, end);
  return text.slice(at + 1, close);
}

function unquoted(reader: Brackets): unknown {
  const { text, at, end } = reader;
  let stop = at;
  while (stop < end && !",[]{}#".includes(text.charAt(stop))) stop++;
  if (text.charCodeAt(stop) === hash) return undefined;
  reader.at = stop;
  return plain(text.slice(at, stop).trimEnd());
}

/** The colon that ends a key which begins here; -1 when none does. */
function keyEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isKeyCharacter(text.charCodeAt(at))) at++;
  const follows = at + 1 >= end || text.charCodeAt(at + 1) === space;
  const first = text.charCodeAt(start);
  return at > start && first >= 97 && first <= 122 && text.charCodeAt(at) === colon && at < end && follows ? at : -1;
}

/** a to z, 0 to 9, and the underscore. */
function isKeyCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95;
}

function pastBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === space) at++;
  return at;
}

/** Whether nothing but a comment stands from here on. */
function isOver(text: string, at: number, end: number): boolean {
  return at >= end || (text.charCodeAt(at) === hash && text.charCodeAt(at - 1) === space);
}

// YAML and JSON files. Both are read by the same parser, because it knows places and refuses a key that stands twice.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type Node as YamlNode,
} from "yaml";
import { messageOf } from "../base/errors.ts";
import { touchesSecret, unknownField } from "./finding.ts";
import { camelCase, type Issue, issueOf, type Path, type Place, snakeCase } from "./issue.ts";
import type { Source } from "./source.ts";
import { isTooDeep } from "./too-deep.ts";

/** How many copies aliases may make: plenty for templates, little for a document built to fill the memory. */
const maxAliasCount = 10_000;

/** Reads a YAML or JSON text. */
export function readYaml(text: string, file: string): Source {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (isTooDeep(text)) return unreadable(tooDeep, placeAt(0));
  const parsed = attempt(() =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "error" }),
  );
  if ("problem" in parsed) return unreadable(parsed.problem, placeAt(0));
  const tree = parsed.value;
  const locate = (path: Path, key: boolean) => placeAt(offsetOf(tree, path, key));
  const broken = [...tree.errors, ...tree.warnings, ...(text.includes("*") ? danglingAliases(tree) : [])];
  if (broken.length > 0) return { issues: broken.map((error) => syntaxIssue(error, placeAt, text)), locate };
  const plain = attempt(() => tree.toJS({ maxAliasCount }) as unknown);
  if ("problem" in plain) return unreadable(plain.problem, placeAt(0));
  const issues: Issue[] = [];
  const document = camelKeys(plain.value, [], (path, key) => {
    const secret = touchesSecret(path) ? ({ secret: true } as const) : {};
    const place = placeAt(offsetOf(tree, path, true, key));
    issues.push({ ...issueOf({ ...unknownField(path, key), path }, place), ...secret });
  });
  return { document, issues, locate };
}

const tooDeep = "the document is nested too deeply";

function attempt<T>(read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    // Both mean a document that was built to be large: aliases of aliases, or ten thousand brackets.
    if (error instanceof RangeError) return { problem: tooDeep };
    const message = messageOf(error);
    return { problem: /alias count/.test(message) ? `the aliases make more than ${maxAliasCount} copies` : message };
  }
}

function unreadable(problem: string, place: Place): Source {
  return { issues: [{ severity: "error", code: "syntax", place, message: sentence(problem) }], locate: () => place };
}

interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** Aliases without a finished anchor before them. The parser does not mind them until their values are wanted, and then knows no place. */
function danglingAliases(tree: Document): SyntaxError[] {
  const found: SyntaxError[] = [];
  const ends = new Map<string, number>();
  visit(tree, {
    Node(_, node) {
      const [start, , end] = node.range ?? [0, 0, 0];
      if (!isAlias(node)) {
        if (node.anchor !== undefined) ends.set(node.anchor, end);
        return;
      }
      const message = "no anchor of this name stands before the alias";
      // An alias within the value that it stands for would have no end.
      if ((ends.get(node.source) ?? Number.POSITIVE_INFINITY) > start)
        found.push({ code: "BAD_ALIAS", message, pos: [start, start] });
    },
  });
  return found;
}

/** Sentences of the parser that would tell our readers nothing. */
const sentences: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins here: a file holds one",
};

function syntaxIssue(error: SyntaxError, placeAt: (offset: number) => Place, text: string): Issue {
  const [offset] = error.pos;
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, text.indexOf("\n", offset) >>> 0);
  // The parser's sentence may end with a colon and a piece of the text, which may be a password.
  const message = /pass/i.test(line) ? error.message.replace(/:.*/s, "") : error.message;
  return {
    severity: "error",
    code: "syntax",
    place: placeAt(offset),
    message: sentences[error.code] ?? sentence(message),
  };
}

/** The parser's sentence in our form. */
function sentence(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1).replace(/\.$/, "")}`;
}

/** The document with the schema's keys. Keys that are not snake_case are reported and left out. */
function camelKeys(value: unknown, path: Path, unknown: (path: Path, key: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item, index) => camelKeys(item, [...path, index], unknown));
  // What is neither list nor map, such as binary data, is left to the schema to refuse.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const converted: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const name = camelCase(key);
    if (name === undefined) unknown(path, key);
    else converted[name] = camelKeys(field, [...path, name], unknown);
  }
  return converted;
}

/** The offset of a path in the text, or of what lies nearest around it. */
function offsetOf(tree: Document, path: Path, key: boolean, child?: string): number {
  let node: unknown = tree.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(tree);
    const next = childOf(node, step);
    if (next === undefined) break;
    const last = index === path.length - 1;
    node = next.value;
    const wanted = last && (key || !isScalar(node)) ? (startOf(next.key) ?? startOf(node)) : startOf(node);
    offset = wanted ?? startOf(next.key) ?? offset;
  }
  const named = child !== undefined && isMap(node) ? pairOf(node, child) : undefined;
  return (named && startOf(named.key)) ?? offset;
}

function childOf(node: unknown, step: string | number): { readonly key: unknown; readonly value: unknown } | undefined {
  if (typeof step === "number") {
    const value = isSeq(node) ? node.items[step] : undefined;
    return value === undefined ? undefined : { key: undefined, value };
  }
  if (!isMap(node)) return undefined;
  return pairOf(node, snakeCase(step));
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as YamlNode).range?.[0] : undefined;
}

// The schema's complaints in our words: zod says which rule was broken, this says it to a person.

import type { z } from "zod";
import { type Finding, type IssueCode, type Path, pathText, snakeCase } from "./issue.ts";
import { settingsSchema } from "./schema/settings.ts";
import { descriptionOf, fieldsOf, isSecret, type Node, nodeAt, numberLimits } from "./schema/tree.ts";
import { nearest } from "./suggest.ts";

/** The findings of one of zod's issues about a document. */
export function findingsOf(issue: z.core.$ZodIssue, document: unknown): Finding[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  const secret = touchesSecret(path) ? ({ secret: true } as const) : {};
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ ...unknownField(path, snakeCase(key)), ...secret }));
  return [{ severity: "error", code: codeOf(path, document), path, ...secret, ...complaint(issue, path, document) }];
}

/** An unknown field of the object at `path`, given by its name in the document. */
export function unknownField(path: Path, key: string): Finding {
  const fields = Object.keys(fieldsOf(nodeAt(settingsSchema, path) ?? settingsSchema) ?? {}).map(snakeCase);
  const suggestion = nearest(key, fields);
  // Beside a secret a word that is like no field may be the secret itself.
  const hidden = suggestion === undefined && touchesSecret(path);
  return {
    severity: "error",
    code: "unknown-field",
    path: hidden ? path : [...path, key],
    at: "key",
    message: hidden ? "unknown field" : `unknown field ${JSON.stringify(key)}`,
    ...(suggestion === undefined ? { expected: `one of ${fields.join(", ")}` } : { suggestion }),
  };
}

/** Whether the path is that of a secret, or lies beside one: a misspelled field may hold what should have been in it. */
export function touchesSecret(path: Path): boolean {
  let node: Node | undefined = settingsSchema;
  for (const step of path) {
    const fields: readonly Node[] = Object.values((node && fieldsOf(node)) ?? {});
    if (fields.some(isSecret)) return true;
    node = node && nodeAt(node, [step]);
  }
  return Object.values((node && fieldsOf(node)) ?? {}).some(isSecret);
}

function codeOf(path: Path, document: unknown): IssueCode {
  return valueAt(document, path) === undefined ? "missing-field" : "invalid-value";
}

type Complaint = Pick<Finding, "message" | "expected" | "suggestion">;

function complaint(issue: z.core.$ZodIssue, path: Path, document: unknown): Complaint {
  const node = nodeAt(settingsSchema, path);
  const value = valueAt(document, path);
  if (value === undefined && issue.code !== "custom")
    return { message: `${lastName(path)} is missing`, ...expectationOfMissing(node, issue) };
  if (value === null) return { message: `${lastName(path)} is empty`, ...expectation(node, issue) };
  const shown = node !== undefined && isSecret(node) ? "the value" : short(value);
  switch (issue.code) {
    case "custom":
      return { message: issue.message, ...customExpectation(issue.params) };
    case "invalid_value":
      return { message: `${shown} is not known here`, ...choice(issue.values.map(String), value) };
    case "too_big":
    case "too_small":
      return { message: sizeProblem(issue, shown), ...expectation(node, issue) };
    case "invalid_type":
      // A password or name of digits is a number to YAML, which would drop its leading zeros.
      if (issue.expected === "string" && typeof value !== "object")
        return { message: `${shown} is not a text`, expected: "a text: put it in quotes" };
      return { message: `${shown} is not ${wanted(issue)}`, ...expectation(node, issue) };
    default:
      return { message: `${shown} is not ${wanted(issue)}`, ...expectation(node, issue) };
  }
}

function sizeProblem(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, shown: string): string {
  if (issue.origin === "array") return issue.code === "too_small" ? "the list is empty" : "the list is too long";
  return `${shown} is too ${issue.code === "too_small" ? "small" : "large"}`;
}

function choice(values: readonly string[], value: unknown): Pick<Complaint, "expected" | "suggestion"> {
  const suggestion = typeof value === "string" ? nearest(value, values) : undefined;
  return { expected: `one of ${values.join(", ")}`, ...(suggestion !== undefined && { suggestion }) };
}

function expectation(node: Node | undefined, issue: z.core.$ZodIssue): Pick<Complaint, "expected"> {
  const limits = node && numberLimits(node);
  if (limits !== undefined) return { expected: `a whole number from ${limits.min} to ${limits.max}` };
  if (issue.code === "invalid_value") return choice(issue.values.map(String), undefined);
  return { expected: wanted(issue) };
}

/** What the schema says about a field that is missing. */
function expectationOfMissing(node: Node | undefined, issue: z.core.$ZodIssue): Pick<Complaint, "expected"> {
  const [sentence] = (node && descriptionOf(node)?.split(/[.;](?:\s|$)/)) ?? [];
  const { expected } = expectation(node, issue);
  if (!sentence) return expected === undefined ? {} : { expected };
  const meaning = sentence.charAt(0).toLowerCase() + sentence.slice(1);
  return { expected: expected === undefined || expected === typeNames.string ? meaning : `${expected}: ${meaning}` };
}

function customExpectation(params: Record<string, unknown> | undefined): Pick<Complaint, "expected"> {
  const expected = params?.expected;
  return typeof expected === "string" ? { expected } : {};
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return typeNames[issue.expected] ?? issue.expected;
  // The only unions of the schema are those of a text and a number.
  return issue.code === "invalid_union" ? "a text or a number" : "at least one";
}

function lastName(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the document";
  return typeof last === "string" ? snakeCase(last) : pathText(path);
}

/** The value at a path of a document; undefined when there is none. */
function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function short(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

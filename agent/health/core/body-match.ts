// What a body must say: a regular expression that matches in it, or does not, and values of a JSON document.

import { fail, ok, type Result } from "../../base/result.ts";
import type { BodyMatchModel, JsonMatchModel } from "../../config/model.ts";

/** Looks for a pattern in a body. Failure: what is wrong, in words. */
export function matchBody(match: BodyMatchModel, body: string): Result<undefined, string> {
  const found = find(match, body);
  if (found === !match.absent) return ok(undefined);
  return fail(`body ${found ? "matches" : "does not match"} /${match.pattern}/`);
}

function find({ pattern, flags, leastOffset, mostOffset, firstLine }: BodyMatchModel, body: string): boolean {
  const expression = new RegExp(pattern, `${flags}g`);
  expression.lastIndex = leastOffset;
  const match = expression.exec(body);
  if (match === null) return false;
  const lineEnd = firstLine ? body.indexOf("\n", leastOffset) : -1;
  return match.index <= (mostOffset ?? match.index) && (lineEnd < 0 || match.index <= lineEnd);
}

/** Compares values of a JSON body. */
export function matchJson(matches: readonly JsonMatchModel[], body: string): Result<undefined, string> {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return fail("body is not JSON");
  }
  for (const { path, equals } of matches) {
    const value = valueAt(document, path);
    if (value === undefined) return fail(`body has nothing at ${path}`);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text !== equals) return fail(`body has ${text.slice(0, 64)} at ${path}, expected ${equals}`);
  }
  return ok(undefined);
}

/** "checks[0].status": names between dots, places of lists in brackets. */
function valueAt(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

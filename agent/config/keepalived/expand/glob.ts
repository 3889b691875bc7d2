// The files that the pattern of an include stands for, in the C library's order: braces from left to right, names sorted by their bytes.

import { join } from "node:path";
import type { Surroundings } from "./surroundings.ts";

/** One of the names that a pattern's braces stand for, and what was found for it. */
export interface Match {
  readonly pattern: string;
  readonly wildcard: boolean;
  readonly files: readonly string[];
}

/** As many names as braces may stand for: a pattern that asks for more is cut there. */
const mostAlternatives = 1000;

/** What there is for a pattern, taken from a directory. */
export function matchFiles(pattern: string, directory: string, surroundings: Surroundings): readonly Match[] {
  return expandBraces(pattern).map((name) => {
    const wildcard = /[*?[]/.test(name);
    const path = name.startsWith("/") ? name : join(directory, name);
    if (!wildcard) return { pattern: name, wildcard, files: surroundings.kindOf(path) === undefined ? [] : [path] };
    return { pattern: name, wildcard, files: walk(path.split("/"), surroundings) };
  });
}

/** `{a,b{c,d}}e` as abce and so on; a brace that is not closed, and an empty pair, stand for themselves. */
export function expandBraces(pattern: string): string[] {
  let alternatives = [""];
  let at = 0;
  while (at < pattern.length) {
    const group = pattern[at] === "{" ? groupAt(pattern, at) : undefined;
    const parts = group === undefined ? [pattern.charAt(at)] : group.parts.flatMap(expandBraces);
    alternatives = alternatives.flatMap((head) => parts.map((part) => head + part)).slice(0, mostAlternatives);
    at = group?.end ?? at + 1;
  }
  return alternatives;
}

function groupAt(pattern: string, start: number): { readonly parts: string[]; readonly end: number } | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === "{") depth++;
    else if (pattern[at] === "," && depth === 1) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    } else if (pattern[at] === "}" && --depth === 0) {
      parts.push(pattern.slice(from, at));
      return parts.length === 1 && parts[0] === "" ? undefined : { parts, end: at + 1 };
    }
  }
  return undefined;
}

function walk(steps: readonly string[], surroundings: Surroundings): string[] {
  let found = [steps[0] === "" ? "/" : (steps[0] ?? "")];
  for (const [index, step] of steps.slice(1).entries()) {
    if (step === "") continue;
    const last = index === steps.length - 2;
    found = found.flatMap((path) => namesLike(step, path, surroundings).map((name) => join(path, name)));
    if (!last) found = found.filter((path) => surroundings.kindOf(path) === "directory");
  }
  return found.filter((path) => surroundings.kindOf(path) !== undefined);
}

function namesLike(step: string, directory: string, surroundings: Surroundings): string[] {
  if (!/[*?[]/.test(step)) return [step];
  const wanted = nameExpression(step);
  return surroundings
    .namesIn(directory)
    .filter((name) => wanted.test(name) && (step.startsWith(".") || !name.startsWith(".")))
    .toSorted();
}

function nameExpression(step: string): RegExp {
  const parts = step.replace(/\*+/g, "*").match(/\[!?\]?[^\]]*\]|./gs) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 1) return part.replace(/^\[!/, "[^").replace(/\\/g, "\\\\");
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source.join("")}$`, "s");
  } catch {
    return /^(?!)$/;
  }
}

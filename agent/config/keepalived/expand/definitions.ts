// `$NAME=value` and what stands for it: `$NAME` before a blank, a comma, a closing parenthesis or the line's end, and `${NAME}` anywhere.
// What a definition says is looked at when it is used: it may name others that come to be defined, or are defined anew, later.

import { type Line, replace } from "./line.ts";
import { beginsRange } from "./ranges.ts";
import type { Surroundings } from "./surroundings.ts";

/** The lines of a definition; those of one line have no place of their own. */
export interface Definition {
  readonly lines: readonly Line[];
  /** It was written over several lines, even if there is one in the end: it can only end a line. */
  readonly several: boolean;
}

/** What has been defined so far. */
export type Definitions = Map<string, Definition>;

/** A reference in a line. */
export interface Reference {
  readonly name: string;
  /** What follows the name within the braces. */
  readonly more: string;
  readonly from: number;
  readonly to: number;
}

/** `$NAME=…` at the beginning of a line. */
export function definitionIn(text: string): { readonly name: string; readonly value: number } | undefined {
  const found = /^\s*\$([A-Za-z_]\w*)=\s*/.exec(text);
  return found?.[1] === undefined ? undefined : { name: found[1], value: found[0].length };
}

/** The next reference in a text from an offset on, whether it is defined or not. */
export function nextReference(text: string, from: number): Reference | undefined {
  for (let at = text.indexOf("$", from); at !== -1; at = text.indexOf("$", at + 1)) {
    reference.lastIndex = at;
    const found = reference.exec(text);
    if (found === null) continue;
    const name = found[1] ?? found[3] ?? "";
    return { name, more: found[2] ?? "", from: at, to: at + found[0].length };
  }
  return undefined;
}

const reference = /\$(?:\{([A-Za-z_]\w*)((?:[ \t][^{}]*)?)\}|([A-Za-z_]\w*)(?=[\s,)]|$))/y;

/** As many replacements as one line takes, and as long as it may become: what goes on longer never ends. */
const mostReplacements = 2000;
const longestLine = 65_536;

/** A line with its references replaced, as far as they stand for one line each; the first that stands for several is left at its place. */
export interface Replaced {
  readonly line: Line;
  readonly lines?: { readonly definition: Definition; readonly reference: Reference };
  /** A reference that never ends. */
  readonly endless?: Reference;
}

/** Replaces the references of a line, again and again until there is none that is defined. */
export function replaceReferences(line: Line, meaningOf: (reference: Reference) => Definition | undefined): Replaced {
  let current = line;
  let from = 0;
  for (let count = 0; ; count++) {
    const found = nextReference(current.text, from);
    if (found === undefined) return { line: current };
    const definition = meaningOf(found);
    if (definition === undefined) from = found.from + 1;
    else if (definition.several) {
      if (current.text.slice(found.to).trim() === "") return { line: current, lines: { definition, reference: found } };
      from = found.from + 1;
    } else {
      current = replace(current, found.from, found.to, definition.lines[0]?.text ?? "");
      // What was put in may complete a reference that began before it; a range waits for its own values.
      from = 0;
      if (beginsRange(current.text)) return { line: current };
      if (count > mostReplacements || current.text.length > longestLine) return { line: current, endless: found };
    }
  }
}

/** What stands for the definitions that are always there; undefined for other names. */
export function builtIn({ name, more }: Reference, directory: string, surroundings: Surroundings): string | undefined {
  switch (name) {
    case "_PWD":
      return directory;
    case "_INSTANCE":
      return surroundings.instance;
    case "_HASH":
      return "\\#";
    case "_BANG":
      return "\\!";
    case "_RANDOM":
      return randomBetween(more, surroundings.random);
    case "_ENV":
      return surroundings.variable(more.trim()) ?? "";
    default:
      return undefined;
  }
}

/** `[MIN [MAX]]`, both included; 0 and 32767 unless given. */
function randomBetween(more: string, random: () => number): string | undefined {
  const [least = "0", most = "32767", ...others] = more.split(/\s+/).filter((word) => word !== "");
  if (others.length > 0 || !/^\d{1,9}$/.test(least) || !/^\d{1,9}$/.test(most)) return undefined;
  const [low, high] = [Number(least), Number(most)];
  return high < low ? undefined : String(low + Math.floor(random() * (high - low + 1)));
}

// `include` and its stricter forms: which files are meant, and what it means when one is not there.

import { matchFiles } from "./glob.ts";
import type { Surroundings } from "./surroundings.ts";

/** What has to be there, else keepalived does not load the configuration. */
export interface IncludeChecks {
  /** A file that is found can be read. */
  readonly readable: boolean;
  /** A name without wildcards is there. */
  readonly match: boolean;
  /** A name with wildcards stands for something. */
  readonly wildcard_match: boolean;
  /** Each name that braces stand for is there. */
  readonly brace_match: boolean;
}

/** `include` alone checks nothing. */
export const noChecks: IncludeChecks = { readable: false, match: false, wildcard_match: false, brace_match: false };
const allChecks: IncludeChecks = { readable: true, match: true, wildcard_match: true, brace_match: true };

/** The letter after `include`, and what is checked with it. */
const checksOf: Readonly<Record<string, Partial<IncludeChecks>>> = {
  "": {},
  r: { readable: true },
  m: { readable: true, match: true },
  w: { readable: true, match: true, wildcard_match: true },
  b: { readable: true, brace_match: true },
  a: allChecks,
};

/** An include line: its pattern, where it begins, and what is checked. */
export interface Include {
  readonly pattern: string;
  readonly at: number;
  readonly checks: IncludeChecks;
}

/** The include in a line without comment; `level` is what include_check asks for everywhere. */
export function includeIn(text: string, level: IncludeChecks): Include | undefined {
  const found = /^(\s*include([rmwba]?)\s+)(\S.*?)\s*$/.exec(text);
  const [, head = "", letter = "", pattern = ""] = found ?? [];
  if (pattern === "") return undefined;
  return { pattern, at: head.length, checks: { ...level, ...checksOf[letter] } };
}

/** What include_check of global_defs changes the level to; undefined when the line is about something else. */
export function checkLevel(text: string, level: IncludeChecks): IncludeChecks | undefined {
  const [keyword, ...words] = text.trim().split(/\s+/);
  if (keyword !== "include_check") return undefined;
  if (words.length === 0) return allChecks;
  const changes = words.some((word) => /^[+-]/.test(word));
  const next: Record<string, boolean> = { ...(changes ? level : noChecks) };
  for (const word of words) {
    const name = word.replace(/^[+-]/, "");
    if (Object.hasOwn(next, name)) next[name] = !word.startsWith("-");
  }
  return next as unknown as IncludeChecks;
}

/** A file that is missing: `strict` when the configuration must not be loaded without it. */
export interface Missing {
  readonly what: string;
  readonly strict: boolean;
}

/** The files of an include, in their order, and what should have been there. */
export function filesOf(
  { pattern, checks }: Include,
  directory: string,
  surroundings: Surroundings,
): { readonly files: readonly string[]; readonly missing: readonly Missing[] } {
  const matches = matchFiles(pattern, directory, surroundings);
  const braces = matches.length > 1;
  const missing = matches
    .filter(({ files }) => files.length === 0)
    .map(({ pattern: name, wildcard }): Missing & { readonly told: boolean } => ({
      what: name,
      strict: wildcard ? checks.wildcard_match : braces ? checks.brace_match : checks.match || checks.wildcard_match,
      // No file for a wildcard is no mistake: that is what wildcards are for.
      told: !wildcard || checks.wildcard_match,
    }))
    .filter(({ told }) => told);
  return { files: matches.flatMap(({ files }) => files), missing };
}

// What the body of an answer must say: a regular expression, or values of a JSON document.

import * as z from "zod";
import { says } from "./says.ts";
import { integer, pattern } from "./scalar.ts";

/** The options of regular expressions, by keepalived's names; what only makes PCRE faster is taken and means nothing here. */
export const matchOptions = [
  "caseless",
  "multiline",
  "dotall",
  "extended",
  "firstline",
  "utf",
  "ucp",
  "dollar_endonly",
] as const;

/** A regular expression that must match, or must not. */
export const bodyMatchSchema = z
  .strictObject({
    pattern: z
      .string()
      .check(z.minLength(1))
      .register(...says("A regular expression, of JavaScript: that is nearly PCRE. It need not match the whole body.")),
    options: z
      .array(z.enum(matchOptions))
      .default([])
      .register(...says("Options, by keepalived's names (regex_options).")),
    absent: z
      .boolean()
      .default(false)
      .register(...says("Whether it must not match (regex_no_match).")),
    minOffset: integer(0, 1_048_576)
      .default(0)
      .register(...says("Where in the body the search begins, in characters (regex_min_offset).")),
    maxOffset: integer(0, 1_048_576)
      .optional()
      .register(
        ...says("Where in the body a match may begin at most (regex_max_offset). Within the first MiB unless given."),
      ),
  })
  .check(
    z.refine((match) => problemOf(match) === undefined, {
      error: (issue) => `the pattern is not a regular expression: ${problemOf(issue.input as MatchSettings)}`,
      params: { expected: "a regular expression as of JavaScript" },
      path: ["pattern"],
    }),
  );

interface MatchSettings {
  readonly pattern: string;
  readonly options: readonly (typeof matchOptions)[number][];
}

/** The pattern and flags as JavaScript takes them. */
export function expressionOf({ pattern: text, options }: MatchSettings): {
  readonly pattern: string;
  readonly flags: string;
} {
  const has = (option: (typeof matchOptions)[number]) => options.includes(option);
  const flags = `${has("caseless") ? "i" : ""}${has("multiline") ? "m" : ""}${has("dotall") ? "s" : ""}${has("utf") || has("ucp") ? "u" : ""}`;
  return { pattern: has("extended") ? withoutBlanks(text) : text, flags };
}

function problemOf(match: MatchSettings): string | undefined {
  try {
    const { pattern: text, flags } = expressionOf(match);
    new RegExp(text, flags);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** PCRE2_EXTENDED: blanks outside of classes, and comments after #, mean nothing. */
function withoutBlanks(text: string): string {
  return text.replace(/(\\.)|(\[\^?\]?(?:\\.|[^\]\\])*\])|\s+|#[^\n]*/g, (whole, escaped, group) =>
    escaped !== undefined || group !== undefined ? whole : "",
  );
}

/** A value of a JSON body. */
export const jsonMatchSchema = z.strictObject({
  path: pattern(/^[^\p{Cc}]{1,256}$/u, "a path like checks[0].status").register(
    ...says("Where the value is: names between dots, places of lists in brackets."),
  ),
  equals: z.string().register(...says('What it must be, as text: "up", "3", "true".')),
});

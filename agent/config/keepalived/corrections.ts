// What keepalived 2.2.7 takes in the place of a wrong value, where its log names it: the same is taken here, and said. What it leaves out (a line,
// a name, an address) is refused, because nothing of what the file says would come of it.

import { type Directive, suggestion, takeArguments } from "./directive.ts";
import { complain, type Import, setField } from "./draft.ts";
import type { Word } from "./parser.ts";

/** A keyword with a whole number; `otherwise` is taken for what is none, or outside the bounds. */
export function numberOr(key: string, least: number, most: number, otherwise: number): Directive {
  return corrected(key, (word, keyword, run) => {
    const value = wholeNumber(word);
    if (value !== undefined && value >= least && value <= most) return value;
    return tellTaken(run, word, keyword, otherwise, `a whole number from ${least} to ${most}`);
  });
}

/** A keyword with a whole number; the nearest bound is taken for one that is outside, and what is none is left to the schema. */
export function clamped(key: string, least: number, most: number): Directive {
  return corrected(key, (word, keyword, run) => {
    const value = wholeNumber(word);
    if (value === undefined || (value >= least && value <= most)) return value ?? word.text;
    const bound = value < least ? least : most;
    return tellTaken(run, word, keyword, bound, `a whole number from ${least} to ${most}`);
  });
}

/** A keyword for which 0 counts as 1; the schema judges the rest. */
export function atLeastOne(key: string): Directive {
  return corrected(key, (word, keyword, run) =>
    /^0+(\.0*)?$/.test(word.text) ? tellTaken(run, word, keyword, 1, "more than 0") : (wholeNumber(word) ?? word.text),
  );
}

/** A keyword with one of several words; `otherwise` is taken for any other. */
export function choiceOr(key: string, choices: Readonly<Record<string, string>>, otherwise: string): Directive {
  return corrected(key, (word, keyword, run) => {
    const text = Object.hasOwn(choices, word.text)
      ? word.text
      : tellTaken(run, word, keyword, otherwise, `one of ${Object.keys(choices).join(", ")}`, suggested(word, choices));
    return choices[text];
  });
}

/** Says that a word is read as if another stood there, and gives that one. */
export function tellTaken<T extends number | string>(
  run: Import,
  word: Word,
  what: string,
  taken: T,
  expected: string,
  more: { readonly suggestion?: string } = {},
): T {
  complain(run, "warning", word, `${what} ${word.text} is taken as ${taken}`, {
    expected,
    ...more,
    keepalived: `takes ${taken}, too`,
  });
  return taken;
}

function suggested({ text }: Word, choices: Readonly<Record<string, string>>): { readonly suggestion?: string } {
  return suggestion(text, Object.keys(choices));
}

function corrected(key: string, read: (word: Word, keyword: string, run: Import) => unknown): Directive {
  return (statement, draft, run) => {
    const [word] = takeArguments(statement, run, 1, 1);
    // What is left of a definition that is not there says nothing about what was meant.
    if (word !== undefined)
      setField(run, draft, key, word.text.includes("$") ? word.text : read(word, statement.text, run), statement);
  };
}

function wholeNumber({ text }: Word): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

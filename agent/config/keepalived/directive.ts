// What a keyword means, as data: a block is a table of directives, and a directive reads one statement into a draft.

import { nearest } from "../suggest.ts";
import { complain, type Draft, type Import, setField } from "./draft.ts";
import type { Statement, Word } from "./parser.ts";

/** Reads one statement into the draft of the block that it stands in. Words that are needed after that are copied with `kept`. */
export type Directive = (statement: Statement, draft: Draft, run: Import) => void;

/** The keywords that run in a block; the block's name is that of its keyword. */
export interface Block {
  readonly name: string;
  readonly directives: Readonly<Record<string, Directive>>;
  /** Which of them have a block of their own. */
  readonly blocks?: readonly string[];
}

/** A field that takes the text of one argument; the schema judges it. */
export function text(key: string): Directive {
  return (statement, draft, run) => {
    const word = takeArguments(statement, run, 1, 1)[0];
    if (word !== undefined) setField(run, draft, key, word.text, statement);
  };
}

/** A field that takes one whole number. What is none is left to the schema to refuse. */
export function number(key: string): Directive {
  return (statement, draft, run) => {
    const word = takeArguments(statement, run, 1, 1)[0];
    if (word !== undefined) setField(run, draft, key, numberOf(word), statement);
  };
}

/** A field that takes one of several words and stores what it stands for. Case counts: keepalived runs `lb_kind dr` as NAT. */
export function choice(key: string, choices: Readonly<Record<string, unknown>>): Directive {
  return (statement, draft, run) => {
    const word = takeArguments(statement, run, 1, 1)[0];
    if (word === undefined) return;
    if (Object.hasOwn(choices, word.text)) setField(run, draft, key, choices[word.text], statement);
    else
      complain(run, "error", word, `${JSON.stringify(word.text)} is not known here`, {
        expected: `one of ${Object.keys(choices).join(", ")}`,
        ...suggestion(word.text, Object.keys(choices)),
      });
  };
}

/** A flag: bare or with on, true, yes it stores the value, with off, false, no its opposite. */
export function flag(key: string, value = true): Directive {
  return (statement, draft, run) => {
    const word = takeArguments(statement, run, 0, 1)[0];
    const on = word === undefined ? true : booleanOf(word);
    if (on !== undefined) setField(run, draft, key, on === value, statement);
    else
      complain(run, "error", word ?? statement, `${JSON.stringify(word?.text)} is not a switch`, {
        expected: "on or off",
      });
  };
}

/** A flag that keepalived looks at nothing behind: it is on even where the line says off. */
export function bareFlag(key: string, value = true): Directive {
  return (statement, draft, run) => {
    const word = withoutSlashComment(statement, run)[0];
    if (word !== undefined) {
      const said = booleanOf(word) === false ? `: it is on all the same` : "";
      tellIgnored(run, word, `${statement.text} takes no value${said}`);
    }
    setField(run, draft, key, value, statement);
  };
}

/** Says that what stands from a word on is ignored, as keepalived does without a word. */
export function tellIgnored(run: Import, word: Word, message: string): void {
  complain(run, "warning", word, message, {
    expected: "nothing more on this line",
    keepalived: "ignores what follows, too",
  });
}

const noWords: readonly Word[] = [];

/** The arguments of a statement: reports when there are too few (and then returns none) or too many (and then ignores the rest, as keepalived does). */
export function takeArguments(statement: Statement, run: Import, least: number, most: number): readonly Word[] {
  const args = withoutSlashComment(statement, run);
  if (args.length < least) {
    complain(run, "error", statement, `${statement.text} needs ${least === 1 ? "a value" : `${least} values`}`);
    return noWords;
  }
  const extra = args[most];
  if (extra !== undefined) {
    const values = most === 0 ? "no value" : most === 1 ? "one value" : `${most} values`;
    tellIgnored(run, extra, `${statement.text} takes ${values}`);
  }
  return extra === undefined ? args : args.slice(0, most);
}

/** The same where keepalived leaves the whole statement out when there are too many: that is an error. */
export function exactArguments(statement: Statement, run: Import, least: number, most: number): readonly Word[] {
  const extra = withoutSlashComment(statement, run)[most];
  if (extra === undefined) return takeArguments(statement, run, least, most);
  const values = most === 1 ? "one value" : `${most} values`;
  complain(run, "error", extra, `${statement.text} takes ${values}`, {
    expected: "nothing more on this line",
    keepalived: "leaves it out, and goes on",
  });
  return statement.args.slice(0, most);
}

const slash = "/".charCodeAt(0);

/** People write `//`; keepalived has no such comment but ignores what it does not expect. */
export function withoutSlashComment({ args, text: keyword }: Statement, run: Import): readonly Word[] {
  for (let index = 0; index < args.length; index++) {
    const word = args[index];
    if (word === undefined || word.text.charCodeAt(0) !== slash || !word.text.startsWith("//")) continue;
    const message = `// does not begin a comment: what follows ${keyword} is ignored`;
    complain(run, "warning", word, message, { expected: "#" });
    return args.slice(0, index);
  }
  return args;
}

/** The number a word stands for; the text itself when it is none. */
export function numberOf({ text }: Word): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** A did-you-mean, where a candidate is near. */
export function suggestion(text: string, candidates: Iterable<string>): { readonly suggestion?: string } {
  const near = nearest(text, candidates);
  return near === undefined ? {} : { suggestion: near };
}

function booleanOf(word: Word): boolean | undefined {
  if (/^(on|true|yes)$/i.test(word.text)) return true;
  return /^(off|false|no)$/i.test(word.text) ? false : undefined;
}

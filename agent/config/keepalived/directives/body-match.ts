// `regex`, `regex_no_match`, `regex_options`, `regex_stack`, `regex_min_offset` and `regex_max_offset` of a url.

import { matchOptions } from "../../schema/body-match.ts";
import {
  type Block,
  type Directive,
  number,
  suggestion,
  takeArguments,
  text,
  withoutSlashComment,
} from "../directive.ts";
import { addElement, complain } from "../draft.ts";
import { fieldOf } from "./field-of.ts";

/** PCRE's options that make it faster, or that say what is so anyway in JavaScript. */
const withoutMeaning = new Set([
  "auto_callout",
  "dupnames",
  "match_unset_backref",
  "never_backslash_c",
  "never_ucp",
  "never_utf",
  "no_auto_capture",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "alt_verbnames",
  "use_offset_limit",
  "allow_empty_class",
  "alt_bsux",
]);

/** `regex_options OPTION…` */
const options: Directive = (statement, match, run) => {
  for (const word of withoutSlashComment(statement, run)) {
    if ((matchOptions as readonly string[]).includes(word.text))
      addElement(run, match, "options", word.text, statement);
    else if (!withoutMeaning.has(word.text))
      complain(run, "error", word, `${JSON.stringify(word.text)} is no option of regular expressions here`, {
        expected: `some of ${matchOptions.join(", ")}`,
        ...suggestion(word.text, matchOptions),
      });
  }
};

/** `regex_no_match` alone, or with the expression. */
const noMatch: Directive = (statement, match, run) => {
  match.absent = true;
  if (statement.args.length > 0) text("pattern")(statement, match, run);
};

const stack: Directive = (statement, _, run) => void takeArguments(statement, run, 1, 2);

function inMatch(directive: Directive): Directive {
  return (statement, request, run) => directive(statement, fieldOf(run, request, "match", statement), run);
}

/** The keywords in the block of a url. */
export const matchDirectives: Block["directives"] = {
  regex: inMatch(text("pattern")),
  regex_no_match: inMatch(noMatch),
  regex_options: inMatch(options),
  regex_min_offset: inMatch(number("minOffset")),
  regex_max_offset: inMatch(number("maxOffset")),
  // Memory of PCRE's; there is none here.
  regex_stack: stack,
};

import { nearest } from "../suggest.ts";
import type { Block, Directive } from "./directive.ts";
import { complain, type Draft, type Import } from "./draft.ts";
import { type Split, splitGlued } from "./glued.ts";
import type { Statement, Word } from "./parser.ts";
import { supportOf, unsupportedKeywords } from "./support.ts";

/** Reads the statements of a block into a draft. */
export function lowerBlock(block: Block, statements: readonly Statement[], draft: Draft, run: Import): void {
  for (const statement of statements) lowerStatement(block, statement, draft, run);
}

/** Reads the statements between the braces of a statement; says so when there are none. */
export function lowerInner(block: Block, statement: Statement, draft: Draft, run: Import): void {
  if (statement.block !== undefined) return lowerBlock(block, statement.block, draft, run);
  complain(run, "error", statement, `${statement.text} has no block`, {
    expected: "{ on the same line or the next",
  });
}

/** Reads one statement of a block into a draft. */
export function lowerStatement(block: Block, statement: Statement, draft: Draft, run: Import): void {
  const keyword: Word = statement;
  if (keyword.text.startsWith("//"))
    return complain(run, "warning", keyword, "// does not begin a comment: the line is ignored", { expected: "#" });
  const directive = directiveOf(block, keyword.text);
  if (directive !== undefined) return runDirective(directive, block, statement, draft, run);
  const support = supportOf(block.name, keyword.text);
  if (support !== undefined) {
    const severity = support.support === "accepted" ? "warning" : "error";
    const hidden = severity === "warning" ? {} : secretIn(block);
    return complain(run, severity, keyword, `${keyword.text}: ${support.note}`, {
      code: supportCodes[support.support],
      ...hidden,
    });
  }
  const split = splitGlued(keyword, Object.keys(block.directives));
  if (split === undefined) return reportUnknown(block, keyword, run);
  reportGlued(block, keyword, split, run);
  // Read on as if it were there, so that what stands in its block is checked as well.
  const repaired = { ...statement, text: split.keyword.text, args: [split.rest, ...statement.args] };
  directiveOf(block, split.keyword.text)?.(repaired, draft, run);
}

const supportCodes = {
  accepted: "keyword-without-meaning",
  refused: "keyword-refused",
  later: "keyword-later",
} as const;

/** Keywords whose blocks are read by their directives; a block after any other is a mistake. */
function runDirective(directive: Directive, block: Block, statement: Statement, draft: Draft, run: Import): void {
  directive(statement, draft, run);
  if (statement.block !== undefined && !block.blocks?.includes(statement.text))
    complain(run, "error", statement, `${statement.text} has no block`, { expected: "no { here" });
}

function reportGlued(block: Block, keyword: Word, { keyword: known, rest }: Split, run: Import): void {
  const code = "missing-space";
  if (isSecret(block))
    complain(run, "error", keyword, `a space is missing after ${known.text}`, { code, secret: true });
  else
    complain(run, "error", keyword, `${keyword.text}: a space is missing`, {
      code,
      suggestion: `${known.text} ${rest.text}`,
      keepalived: ignored(block),
    });
}

function reportUnknown(block: Block, keyword: Word, run: Import): void {
  const known = [...Object.keys(block.directives), ...unsupportedKeywords(block.name)];
  const suggestion = nearest(keyword.text, known);
  // A word that is like no keyword may be a password on the wrong line.
  const shown = isSecret(block) && suggestion === undefined ? "" : ` ${JSON.stringify(keyword.text)}`;
  complain(run, "error", keyword, `unknown keyword${shown} in ${block.name}`, {
    code: "unknown-keyword",
    ...(suggestion !== undefined && { suggestion }),
    keepalived: ignored(block),
    ...secretIn(block),
  });
}

/** keepalived logs a keyword that it does not know, with or without its block, and is up without it. */
function ignored(block: Block): string {
  return block.name === "top level" ? "ignores it with its block, and goes on" : "ignores the line, and goes on";
}

function secretIn(block: Block): { readonly secret?: true } {
  return isSecret(block) ? { secret: true } : {};
}

function isSecret(block: Block): boolean {
  return block.name === "authentication" || block.name === "auth_hmac" || block.name === "SSL";
}

function directiveOf(block: Block, keyword: string): Directive | undefined {
  return Object.hasOwn(block.directives, keyword) ? block.directives[keyword] : undefined;
}

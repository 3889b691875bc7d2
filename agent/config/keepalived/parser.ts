// Tokens to a tree of statements. It knows braces and no keywords. A brace may stand at the end of the keyword's line, glued to its last
// word, or on a line of its own; a closing one anywhere.

import type { LexicalProblem, Token } from "./lexer.ts";
import { tokenize } from "./lexer.ts";

/** A word of the text with its place. */
export type Word = Pick<Token, "text" | "line" | "column">;

/** `keyword argument … { block }` */
export interface Statement {
  readonly keyword: Word;
  readonly args: readonly Word[];
  /** The statements between its braces; undefined when it has none. */
  readonly block?: readonly Statement[];
}

/** The tree of a text. When a brace is unbalanced the tree means nothing and `problems` has an error. */
export interface Tree {
  readonly statements: readonly Statement[];
  readonly problems: readonly LexicalProblem[];
}

/** Parses a text. It never fails, and nesting cannot exhaust the stack. */
export function parseKeepalived(text: string): Tree {
  const { tokens, problems } = tokenize(text);
  const top: Draft[] = [];
  const state: State = { current: undefined, last: undefined, statements: top, outer: [], problems };
  for (const token of tokens) take(state, token);
  for (const { brace } of state.outer) problems.push(neverClosed(brace));
  return { statements: top, problems };
}

interface Draft {
  readonly keyword: Word;
  readonly args: Word[];
  block?: Draft[];
}

interface State {
  /** The statement whose line we are on. */
  current: Draft | undefined;
  /** The last statement of this block: an opening brace on a line of its own belongs to it. */
  last: Draft | undefined;
  statements: Draft[];
  readonly outer: { readonly statements: Draft[]; readonly brace: Token }[];
  readonly problems: LexicalProblem[];
}

function take(state: State, token: Token): void {
  if (token.kind === "word") takeWord(state, token);
  else if (token.kind === "line-end") state.current = undefined;
  else if (token.kind === "open") open(state, token);
  else close(state, token);
}

function takeWord(state: State, word: Token): void {
  if (state.current !== undefined) {
    state.current.args.push(word);
    return;
  }
  state.current = { keyword: word, args: [] };
  state.last = state.current;
  state.statements.push(state.current);
}

function open(state: State, brace: Token): void {
  const owner = state.last;
  state.outer.push({ statements: state.statements, brace });
  const block: Draft[] = [];
  if (owner === undefined || owner.block !== undefined)
    state.problems.push({
      ...at(brace),
      message: "a block without a keyword begins here",
      expected: "a keyword before {",
    });
  else owner.block = block;
  state.statements = block;
  state.current = undefined;
  state.last = undefined;
}

function close(state: State, brace: Token): void {
  const outer = state.outer.pop();
  state.current = undefined;
  if (outer === undefined) {
    state.problems.push({ ...at(brace), message: "this } closes nothing", expected: "as many { before it" });
    return;
  }
  state.statements = outer.statements;
  // Its block is closed, so that a further { on the next line is none of its business.
  state.last = undefined;
}

function neverClosed(brace: Token): LexicalProblem {
  return {
    ...at(brace),
    message: "the block that begins here is never closed: the file ends before its }",
    expected: "a }",
  };
}

function at({ line, column }: Token): Pick<LexicalProblem, "severity" | "line" | "column"> {
  return { severity: "error", line, column };
}

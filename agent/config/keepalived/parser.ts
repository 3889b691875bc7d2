// Tokens to a tree of statements. It knows braces and no keywords. A brace may stand at the end of the keyword's line, glued to its last
// word, or on a line of its own; a closing one anywhere.

import { type LexicalProblem, nextToken, type Scanner, startScan } from "./lexer.ts";

/** A word of the text; `at` is its offset. */
export interface Word {
  readonly text: string;
  readonly at: number;
}

/** `keyword argument … { block }`: the keyword is the word that it is, the rest follows. */
export interface Statement extends Word {
  readonly args: readonly Word[];
  /** The statements between its braces; undefined when it has none. */
  readonly block: readonly Statement[] | undefined;
}

/** The tree of a text. When a brace is unbalanced the tree means nothing and `problems` has an error. */
export interface Tree {
  readonly statements: readonly Statement[];
  readonly problems: readonly LexicalProblem[];
}

/** Parses a text. It never fails, and nesting cannot exhaust the stack. */
export function parseKeepalived(text: string): Tree {
  const scanner = startScan(text);
  const top: Draft[] = [];
  const state: State = { scanner, current: undefined, last: undefined, statements: top, outer: [] };
  for (let kind = nextToken(scanner); kind !== "end"; kind = nextToken(scanner)) {
    if (kind === "word") takeWord(state);
    else if (kind === "line-end") state.current = undefined;
    else if (kind === "open") open(state);
    else close(state);
  }
  for (const { brace } of state.outer) scanner.problems.push(neverClosed(brace));
  return { statements: top, problems: scanner.problems };
}

interface Draft {
  readonly text: string;
  readonly at: number;
  args: Word[];
  block: Draft[] | undefined;
}

interface State {
  readonly scanner: Scanner;
  /** The statement whose line we are on. */
  current: Draft | undefined;
  /** The last statement of this block: an opening brace on a line of its own belongs to it. */
  last: Draft | undefined;
  statements: Draft[];
  readonly outer: { readonly statements: Draft[]; readonly brace: number }[];
}

/** The arguments of statements that have none. */
const noWords: Word[] = [];

function takeWord(state: State): void {
  const { current, scanner } = state;
  if (current === undefined) {
    state.current = { text: scanner.word, at: scanner.at, args: noWords, block: undefined };
    state.last = state.current;
    state.statements.push(state.current);
  } else if (current.args === noWords) current.args = [{ text: scanner.word, at: scanner.at }];
  else current.args.push({ text: scanner.word, at: scanner.at });
}

function open(state: State): void {
  const owner = state.last;
  const brace = state.scanner.at;
  state.outer.push({ statements: state.statements, brace });
  const block: Draft[] = [];
  if (owner === undefined || owner.block !== undefined)
    report(state, brace, "a block without a keyword begins here", "a keyword before {");
  else owner.block = block;
  state.statements = block;
  state.current = undefined;
  state.last = undefined;
}

function close(state: State): void {
  const outer = state.outer.pop();
  state.current = undefined;
  if (outer === undefined) return report(state, state.scanner.at, "this } closes nothing", "as many { before it");
  state.statements = outer.statements;
  // Its block is closed, so that a further { on the next line is none of its business.
  state.last = undefined;
}

function report({ scanner }: State, at: number, message: string, expected: string): void {
  scanner.problems.push({ severity: "error", at, message, expected });
}

function neverClosed(at: number): LexicalProblem {
  const message = "the block that begins here is never closed: the file ends before its }";
  return { severity: "error", at, message, expected: "a }" };
}

// Tokens to statements. It knows braces and no keywords. A brace may stand at the end of the keyword's line, glued to its last word, or on
// a line of its own; a closing one anywhere. A large file has a hundred thousand words: who reads a file once takes one outermost statement
// after the other, and all are made of the same few objects.

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

/** A word for those who need it longer than its statement is read: see `takeStatements`. */
export function kept({ text, at }: Word): Word {
  return { text, at };
}

/** Parses a text. It never fails, and nesting cannot exhaust the stack. */
export function parseKeepalived(text: string): Tree {
  const statements: Statement[] = [];
  const problems = parse(text, new Drafts(), (statement) => statements.push(statement));
  return { statements, problems };
}

/** Parses a text and gives away its outermost statements, each as soon as it is complete. What is given is used again for the next: it
 * counts until `take` returns. Returns the problems; after one that is an error, what was taken means nothing. */
export function takeStatements(text: string, take: (statement: Statement) => void): readonly LexicalProblem[] {
  const drafts = new Drafts();
  return parse(text, drafts, (statement) => {
    take(statement);
    drafts.useAgain();
  });
}

function parse(text: string, drafts: Drafts, take: (statement: Statement) => void): readonly LexicalProblem[] {
  const state: State = {
    scanner: startScan(text),
    drafts,
    take,
    current: undefined,
    last: undefined,
    top: undefined,
    outer: [],
  };
  for (let kind = nextToken(state.scanner); kind !== "end"; kind = nextToken(state.scanner)) {
    if (kind === "word") takeWord(state);
    else if (kind === "line-end") state.current = undefined;
    else if (kind === "open") open(state);
    else close(state);
  }
  for (const { brace } of state.outer) state.scanner.problems.push(neverClosed(brace));
  giveAway(state);
  return state.scanner.problems;
}

interface MutableWord {
  text: string;
  at: number;
}

interface Draft extends MutableWord {
  readonly args: MutableWord[];
  block: Draft[] | undefined;
  /** What `block` is once there is one. */
  readonly inner: Draft[];
}

/** The objects that statements are made of. */
class Drafts {
  readonly #statements: Draft[] = [];
  readonly #words: MutableWord[] = [];
  #usedStatements = 0;
  #usedWords = 0;

  statement(text: string, at: number): Draft {
    const used = this.#statements[this.#usedStatements];
    const draft = used ?? { text, at, args: [], block: undefined, inner: [] };
    if (used === undefined) this.#statements.push(draft);
    this.#usedStatements++;
    draft.text = text;
    draft.at = at;
    draft.args.length = 0;
    draft.block = undefined;
    draft.inner.length = 0;
    return draft;
  }

  word(text: string, at: number): MutableWord {
    const used = this.#words[this.#usedWords];
    const word = used ?? { text, at };
    if (used === undefined) this.#words.push(word);
    this.#usedWords++;
    word.text = text;
    word.at = at;
    return word;
  }

  /** Everything that was handed out may be handed out again. */
  useAgain(): void {
    this.#usedStatements = 0;
    this.#usedWords = 0;
  }
}

interface State {
  readonly scanner: Scanner;
  readonly drafts: Drafts;
  readonly take: (statement: Statement) => void;
  /** The statement whose line we are on. */
  current: Draft | undefined;
  /** The last statement of this block: an opening brace on a line of its own belongs to it. */
  last: Draft | undefined;
  /** The outermost statement that is being read. */
  top: Draft | undefined;
  /** The blocks that we are in, each with its statements and where it began. */
  readonly outer: { readonly statements: Draft[]; readonly brace: number }[];
}

function takeWord(state: State): void {
  const { current, scanner, drafts } = state;
  if (current !== undefined) current.args.push(drafts.word(scanner.word, scanner.at));
  else begin(state);
}

function begin(state: State): void {
  const { scanner, outer } = state;
  const block = outer[outer.length - 1];
  if (block === undefined) giveAway(state);
  const statement = state.drafts.statement(scanner.word, scanner.at);
  if (block === undefined) state.top = statement;
  else block.statements.push(statement);
  state.current = statement;
  state.last = statement;
}

/** The outermost statement is complete when the next begins, or the text ends. */
function giveAway(state: State): void {
  if (state.top !== undefined) state.take(state.top);
  state.top = undefined;
}

function open(state: State): void {
  const owner = state.last;
  const brace = state.scanner.at;
  if (owner === undefined || owner.block !== undefined) {
    report(state, brace, "a block without a keyword begins here", "a keyword before {");
    state.outer.push({ statements: [], brace });
  } else {
    owner.block = owner.inner;
    state.outer.push({ statements: owner.inner, brace });
  }
  state.current = undefined;
  state.last = undefined;
}

function close(state: State): void {
  const outer = state.outer.pop();
  state.current = undefined;
  if (outer === undefined) return report(state, state.scanner.at, "this } closes nothing", "as many { before it");
  // Its block is closed, so that a further { on the next line is none of its business.
  state.last = undefined;
}

function report({ scanner }: State, at: number, message: string, expected: string): void {
  scanner.problems.push({ severity: "error", at, message, expected });
}

function neverClosed(at: number): LexicalProblem {
  const message = "the block that begins here is never closed: the file ends before its }";
  return { severity: "error", at, message, expected: "a }", keepalived: "takes what it could read, and goes on" };
}

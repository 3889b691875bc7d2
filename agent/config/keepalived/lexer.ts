// keepalived.conf as tokens: words, braces and line ends, each with its place. It knows no keywords.
// Words are split at white space and at braces. `#` and `!` begin a comment anywhere outside quotes. Quotes of either kind join parts;
// within them a backslash begins an escape as in a shell.

/** One token; lines and columns count from 1. A line end stands between statements. */
export interface Token {
  readonly kind: "word" | "open" | "close" | "line-end";
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Something in the text that is no proper token. */
export interface LexicalProblem {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly expected: string;
}

/** The tokens of a text and what was wrong with it. It never fails. */
export function tokenize(text: string): { readonly tokens: Token[]; readonly problems: LexicalProblem[] } {
  const scanner: Scanner = {
    text,
    position: text.startsWith("\ufeff") ? 1 : 0,
    line: 1,
    lineStart: 0,
    tokens: [],
    problems: [],
  };
  while (scanner.position < text.length) scanToken(scanner);
  return scanner;
}

interface Scanner {
  readonly text: string;
  position: number;
  line: number;
  lineStart: number;
  readonly tokens: Token[];
  readonly problems: LexicalProblem[];
}

function scanToken(scanner: Scanner): void {
  const character = scanner.text[scanner.position] ?? "";
  if (character === "\n") return scanLineEnd(scanner);
  if (isBlank(character)) scanner.position++;
  else if (character === "#" || character === "!") skipComment(scanner);
  else if (character === "{") scanSingle(scanner, "open");
  else if (character === "}") scanSingle(scanner, "close");
  else scanWord(scanner);
}

function scanLineEnd(scanner: Scanner): void {
  scanSingle(scanner, "line-end");
  scanner.line++;
  scanner.lineStart = scanner.position;
}

function scanSingle(scanner: Scanner, kind: Token["kind"]): void {
  push(scanner, kind, scanner.text[scanner.position] ?? "", scanner.position);
  scanner.position++;
}

function skipComment(scanner: Scanner): void {
  const end = scanner.text.indexOf("\n", scanner.position);
  scanner.position = end === -1 ? scanner.text.length : end;
}

function scanWord(scanner: Scanner): void {
  const start = scanner.position;
  let word = "";
  while (scanner.position < scanner.text.length) {
    const character = scanner.text[scanner.position] ?? "";
    if (character === '"' || character === "'") word += scanQuoted(scanner, character);
    else if (character === "$" && scanner.text[scanner.position + 1] === "{") word += scanReference(scanner);
    else if (character === "#" || character === "!") {
      gluedComment(scanner, character);
      break;
    } else if (character === "\n" || character === "{" || character === "}" || isBlank(character)) break;
    else {
      const end = endOfPlain(scanner.text, scanner.position + 1);
      word += scanner.text.slice(scanner.position, end);
      scanner.position = end;
    }
  }
  push(scanner, "word", word, start);
}

const plainEnds = /[\s{}"'$#!]/g;

function endOfPlain(text: string, from: number): number {
  plainEnds.lastIndex = from;
  return plainEnds.test(text) ? plainEnds.lastIndex - 1 : text.length;
}

/** `${NAME}` is one word, braces and all. What it stands for is not known here, and taking it literally would change the meaning. */
function scanReference(scanner: Scanner): string {
  scanner.problems.push({
    severity: "error",
    line: scanner.line,
    column: scanner.position - scanner.lineStart + 1,
    message: "definitions are not read by this release",
    expected: "the value itself",
  });
  const rest = /^\$\{[^{}\n]*\}?/.exec(scanner.text.slice(scanner.position, scanner.position + 256))?.[0] ?? "$";
  scanner.position += rest.length;
  return rest;
}

/** keepalived cuts here too, and says nothing: a password that contains one of these characters is a common trap. */
function gluedComment(scanner: Scanner, character: string): void {
  scanner.problems.push({
    severity: "warning",
    line: scanner.line,
    column: scanner.position - scanner.lineStart + 1,
    message: `${character} begins a comment here, in the middle of a word`,
    expected: "a blank before the comment, or the word in double quotes",
  });
}

function scanQuoted(scanner: Scanner, quote: string): string {
  const start = scanner.position++;
  let inside = "";
  while (scanner.position < scanner.text.length) {
    const character = scanner.text[scanner.position] ?? "";
    if (character === "\n") break;
    scanner.position++;
    if (character === quote) return inside;
    inside += character === "\\" ? scanEscape(scanner) : character;
  }
  scanner.problems.push({
    severity: "error",
    line: scanner.line,
    column: start - scanner.lineStart + 1,
    message: "the quote is never closed",
    expected: `another ${quote} on the same line`,
  });
  return inside;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function scanEscape(scanner: Scanner): string {
  const rest = scanner.text.slice(scanner.position, scanner.position + 3);
  const number = /^(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))/.exec(rest);
  if (number !== null) {
    scanner.position += number[0].length;
    return String.fromCharCode(
      (number[1] ? Number.parseInt(number[1], 16) : Number.parseInt(number[2] ?? "", 8)) & 0xff,
    );
  }
  const character = rest[0] ?? "";
  if (character === "\n" || character === "") return "";
  scanner.position++;
  return escapes[character] ?? character;
}

function isBlank(character: string): boolean {
  return (
    character === " " ||
    character === "\t" ||
    character === "\r" ||
    character === "\f" ||
    character === "\v" ||
    character === "\u00a0"
  );
}

function push(scanner: Scanner, kind: Token["kind"], text: string, at: number): void {
  scanner.tokens.push({ kind, text, line: scanner.line, column: at - scanner.lineStart + 1 });
}

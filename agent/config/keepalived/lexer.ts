// keepalived.conf as tokens: words, braces and line ends. It knows no keywords.
// Words are split at white space and at braces. `#` and `!` begin a comment anywhere outside quotes. Quotes of either kind join parts;
// within them a backslash begins an escape as in a shell. A large file has a hundred thousand tokens: one at a time is scanned, no token
// is an object, and of a place only the offset is kept.

/** What a token is. A line end stands between statements. */
export type TokenKind = "word" | "open" | "close" | "line-end" | "end";

/** Something in the text that is no proper token; `at` is its offset. */
export interface LexicalProblem {
  readonly severity: "error" | "warning";
  readonly at: number;
  readonly message: string;
  readonly expected: string;
  /** What keepalived does here. */
  readonly keepalived?: string;
}

/** A text that is being scanned. */
export interface Scanner {
  readonly text: string;
  /** Where the next token is looked for. */
  position: number;
  /** The offset of the token that was scanned last, and its text when it is a word. */
  at: number;
  word: string;
  readonly problems: LexicalProblem[];
  /** Words that may come again, each where `repeated` looks for it. */
  readonly seen: string[];
}

/** A scanner at the beginning of a text. */
export function startScan(text: string): Scanner {
  return {
    text,
    position: text.startsWith("\ufeff") ? 1 : 0,
    at: 0,
    word: "",
    problems: [],
    seen: new Array<string>(256).fill(""),
  };
}

/** Goes to the next token and says what it is. It never fails; what is wrong is added to the problems. */
export function nextToken(scanner: Scanner): TokenKind {
  const { text } = scanner;
  for (let position = scanner.position; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (isBlank(code)) continue;
    if (code === hash || code === exclamation) {
      const end = text.indexOf("\n", position);
      if (end === -1) break;
      position = end - 1;
      continue;
    }
    scanner.at = position;
    scanner.position = position + 1;
    if (code === lineFeed) return "line-end";
    if (code === openBrace) return "open";
    if (code === closeBrace) return "close";
    scanWord(scanner);
    return "word";
  }
  scanner.at = text.length;
  scanner.position = text.length;
  return "end";
}

const tab = 9;
const lineFeed = 10;
const verticalTab = 11;
const carriageReturn = 13;
const space = 32;
const exclamation = 33;
const doubleQuote = 34;
const hash = 35;
const dollar = 36;
const singleQuote = 39;
const zero = 48;
const nine = 57;
const openBrace = 123;
const closeBrace = 125;
const noBreakSpace = 160;

function isBlank(code: number): boolean {
  return code === space || code === tab || (code >= verticalTab && code <= carriageReturn) || code === noBreakSpace;
}

/** Scans a word at the scanner's offset. Most are plain and end before a blank or brace; the rest is put together of parts. */
function scanWord(scanner: Scanner): void {
  const { text, at } = scanner;
  scanner.position = at;
  const end = beginsPart(text.charCodeAt(at)) ? at : endOfPlain(text, at + 1);
  if (end > at && endsWord(text.charCodeAt(end))) {
    scanner.word = repeated(scanner, at, end);
    scanner.position = end;
  } else scanner.word = scanParts(scanner);
}

/** A piece of the text. Keywords and most values stand in it many times: one string for all of them is found again by its length, its
 * first and its last character. */
function repeated({ text, seen }: Scanner, start: number, end: number): string {
  const length = end - start;
  const first = text.charCodeAt(start);
  if (length > 24 || (length > 5 && first >= zero && first <= nine)) return text.slice(start, end);
  const slot = (first * 7 + text.charCodeAt(end - 1) * 31 + length * 101) & 255;
  const known = seen[slot] ?? "";
  if (known.length === length && text.startsWith(known, start)) return known;
  const word = text.slice(start, end);
  seen[slot] = word;
  return word;
}

/** Whether a quote or a reference begins with a character. */
function beginsPart(code: number): boolean {
  return code === doubleQuote || code === dollar || code === singleQuote;
}

/** Whether a word ends before a character; NaN is the end of the text. */
function endsWord(code: number): boolean {
  return code === lineFeed || isBlank(code) || code === openBrace || code === closeBrace || Number.isNaN(code);
}

const plainEnds = /[\s{}"'$#!]/g;

function endOfPlain(text: string, from: number): number {
  plainEnds.lastIndex = from;
  return plainEnds.test(text) ? plainEnds.lastIndex - 1 : text.length;
}

function scanParts(scanner: Scanner): string {
  const { text } = scanner;
  let word = "";
  while (scanner.position < text.length) {
    const character = text.charAt(scanner.position);
    if (character === '"' || character === "'") word += scanQuoted(scanner, character);
    else if (character === "$" && text[scanner.position + 1] === "{") word += scanReference(scanner);
    else if (character === "#" || character === "!") {
      if (!word.endsWith("\\")) {
        gluedComment(scanner, character);
        break;
      }
      word = word.slice(0, -1) + character;
      scanner.position++;
    } else if (endsWord(character.charCodeAt(0))) break;
    else {
      const end = endOfPlain(text, scanner.position + 1);
      word += text.slice(scanner.position, end);
      scanner.position = end;
    }
  }
  return word;
}

/** `${NAME}` is one word, braces and all: what is still here was defined nowhere, and that was told. */
function scanReference(scanner: Scanner): string {
  const rest = /^\$\{[^{}\n]*\}?/.exec(scanner.text.slice(scanner.position, scanner.position + 256))?.[0] ?? "$";
  scanner.position += rest.length;
  return rest;
}

/** keepalived cuts here too, and says nothing: a password that contains one of these characters is a common trap. */
function gluedComment(scanner: Scanner, character: string): void {
  scanner.problems.push({
    severity: "warning",
    at: scanner.position,
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
    at: start,
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
  if (/^c[@-_a-z]/.test(rest)) {
    scanner.position += 2;
    return String.fromCharCode(rest.charCodeAt(1) & 31);
  }
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

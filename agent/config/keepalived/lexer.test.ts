import { describe, expect, test } from "bun:test";
import { placesOf } from "../places.ts";
import { type LexicalProblem, nextToken, startScan, type TokenKind } from "./lexer.ts";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

function tokenize(text: string) {
  const scanner = startScan(text);
  const placeAt = placesOf(text, "a");
  const tokens: Token[] = [];
  for (let kind = nextToken(scanner); kind !== "end"; kind = nextToken(scanner)) {
    const { line, column } = placeAt(scanner.at);
    tokens.push({ kind, text: kind === "word" ? scanner.word : text.charAt(scanner.at), line, column });
  }
  const placed = ({ at, ...problem }: LexicalProblem) => ({ ...problem, ...placeAt(at) });
  return { tokens, problems: scanner.problems.map(placed) };
}

function words(text: string): string[] {
  return tokenize(text).tokens.map((token) => (token.kind === "line-end" ? "/" : token.text));
}

describe("keepalived.conf as words", () => {
  const cases: [string, string, string[]][] = [
    ["blanks and tabs split words", "a \t b\r\n", ["a", "b", "/"]],
    ["a brace needs no blank around it", "TCP_CHECK{x}", ["TCP_CHECK", "{", "x", "}"]],
    ["# and ! begin comments", "a # b\n! c\nd", ["a", "/", "/", "d"]],
    ["quotes join what blanks and braces would split", `path "/a b{" 'c"d'`, ["path", "/a b{", 'c"d']],
    ["quotes protect comment characters", 'auth_pass "a#b!"', ["auth_pass", "a#b!"]],
    ["quotes join with what stands around them", `a"b c"d`, ["ab cd"]],
    ["escapes are a shell's", String.raw`"\t\x41\101\"\\"`, ['\tAA"\\']],
    ["a reference is one word", "a \u0024{NAME} b", ["a", "\u0024{NAME}", "b"]],
    ["a byte order mark is nothing", "\ufeffa", ["a"]],
  ];
  for (const [claim, text, expected] of cases) test(claim, () => expect(words(text)).toEqual(expected));

  test("each word knows its place", () => {
    expect(tokenize("a\n  bc {").tokens.map(({ text, line, column }) => [text, line, column])).toEqual([
      ["a", 1, 1],
      ["\n", 1, 2],
      ["bc", 2, 3],
      ["{", 2, 6],
    ]);
  });

  test("a backslash takes the meaning from what would begin a comment", () => {
    expect(words(String.raw`auth_pass ab\#cd\! "\cA"`)).toEqual(["auth_pass", "ab#cd!", "\x01"]);
  });

  test("a comment in the middle of a word is a warning, because keepalived cuts there in silence", () => {
    const { tokens, problems } = tokenize("auth_pass ab#cd");
    expect(tokens.map(({ text }) => text)).toEqual(["auth_pass", "ab"]);
    expect(problems).toMatchObject([{ severity: "warning", line: 1, column: 13 }]);
  });

  test("a quote that is never closed ends with its line and is an error", () => {
    const { tokens, problems } = tokenize('a "b c\nd');
    expect(tokens.map(({ text }) => text)).toEqual(["a", "b c", "\n", "d"]);
    expect(problems).toMatchObject([{ severity: "error", line: 1, column: 3, message: "the quote is never closed" }]);
  });
});

import { describe, expect, test } from "bun:test";
import { placesOf } from "../places.ts";
import { parseKeepalived, type Statement, takeStatements } from "./parser.ts";

type Outline = string | readonly [string, readonly Outline[]];

function outline(statements: readonly Statement[]): Outline[] {
  return statements.map(({ text: keyword, args, block }) => {
    const head = [keyword, ...args.map(({ text }) => text)].join(" ");
    return block === undefined ? head : [head, outline(block)];
  });
}

describe("keepalived.conf as a tree", () => {
  const tree: Outline[] = [["a 1", ["b 2", ["c", ["d 3"]]]], "e"];
  const spellings: [string, string][] = [
    ["with braces at line ends", "a 1 {\n b 2\n c {\n  d 3\n }\n}\ne\n"],
    ["with braces glued to words", "a 1{\nb 2\nc{\nd 3}}\ne"],
    ["with braces on lines of their own", "a 1\n\n{\n# x\nb 2\nc\n{\nd 3\n}\n}\ne"],
    ["with statements after braces", "a 1 { b 2\nc { d 3 } }\ne"],
  ];
  for (const [claim, text] of spellings)
    test(`is the same ${claim}`, () => {
      expect(parseKeepalived(text).problems).toEqual([]);
      expect(outline(parseKeepalived(text).statements)).toEqual(tree);
      const taken: Outline[] = [];
      expect(takeStatements(text, (statement) => taken.push(...outline([statement])))).toEqual([]);
      expect(taken).toEqual(tree);
    });

  const broken: [string, string, [number, number, string]][] = [
    ["a block that is never closed, where it begins", "a {\n b {\n }\n", [1, 3, "never closed"]],
    ["a closing brace too many", "a {\n}\n}\n", [3, 1, "closes nothing"]],
    ["a block without a keyword", "{\n}\n", [1, 1, "without a keyword"]],
    ["a second block of one keyword", "a {\n}\n{\n}\n", [3, 1, "without a keyword"]],
  ];
  for (const [claim, text, [line, column, message]] of broken)
    test(`reports ${claim}`, () => {
      const { problems } = parseKeepalived(text);
      expect(problems).toMatchObject([{ severity: "error" }]);
      expect(placesOf(text, "a")(problems[0]?.at ?? 0)).toEqual({ file: "a", line, column });
      expect(problems[0]?.message).toContain(message);
    });
});

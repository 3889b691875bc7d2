import { expect, test } from "bun:test";
import fc from "fast-check";
import { joinCommandLine, splitCommandLine } from "./command-line.ts";

test.each([
  ["/bin/a", ["/bin/a"]],
  ["  /bin/a  b\tc ", ["/bin/a", "b", "c"]],
  [`/bin/a 'two words' "and 'more'" x"y z"`, ["/bin/a", "two words", "and 'more'", "xy z"]],
  [`/bin/a "" b\\ c '\\'`, ["/bin/a", "", "b c", "\\"]],
  ["/bin/a $HOME | ; * `x`", ["/bin/a", "$HOME", "|", ";", "*", "`x`"]],
])("%s is split as keepalived splits it, and nothing is expanded", (text, words) => {
  expect(splitCommandLine(text)).toEqual({ ok: true, value: words });
});

test.each([
  ["", "is empty"],
  [" \t", "is empty"],
  ["a 'b", "has a ' that is never closed"],
  ["a\\", "ends with a backslash"],
])("%j is refused: it %s", (text, problem) => {
  expect(splitCommandLine(text)).toEqual({ ok: false, error: problem });
});

test("joined words are split into the same words", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      expect(splitCommandLine(joinCommandLine(words))).toEqual({ ok: true, value: words });
    }),
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { joinCommand, splitCommand } from "./command.ts";

test.each([
  ["/usr/bin/pgrep haproxy", ["/usr/bin/pgrep", "haproxy"]],
  ["  killall   -0\thaproxy ", ["killall", "-0", "haproxy"]],
  [`/bin/sh -c 'test -e "/run/a b" && exit 1'`, ["/bin/sh", "-c", 'test -e "/run/a b" && exit 1']],
  ['/bin/x --name="web one"two', ["/bin/x", "--name=web onetwo"]],
  ['/bin/x a\\ b \'\' "q\\""', ["/bin/x", "a b", "", 'q"']],
  ["/bin/x $HOME | y > z", ["/bin/x", "$HOME", "|", "y", ">", "z"]],
])("%s", (text, words) => {
  expect(splitCommand(text)).toEqual({ ok: true, value: words });
});

test.each([
  ["/bin/x 'a", "has no closing '"],
  ["/bin/x a\\", "ends with a backslash"],
  ["  ", "names no program"],
  ["'' a", "names no program"],
])("%s is refused: %s", (text, error) => {
  expect(splitCommand(text)).toEqual({ ok: false, error });
});

test("joined words are split into the same words", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1 }).filter(([first]) => first !== ""),
      (words) => {
        expect(splitCommand(joinCommand(words))).toEqual({ ok: true, value: words });
      },
    ),
  );
});

import { describe, expect, test } from "bun:test";
import { ok } from "../../../base/result.ts";
import { expandKeepalived } from "./expand.ts";
import { expandBraces, matchFiles } from "./glob.ts";
import { needsExpansion } from "./needed.ts";
import { noSurroundings, type Surroundings } from "./surroundings.ts";

const files: Readonly<Record<string, string>> = {
  "/etc/k/a.conf": "a\n",
  "/etc/k/d/b.conf": "include c.conf\n$X=2\n",
  "/etc/k/d/c.conf": "c ${_PWD}\n",
  "/etc/k/loop.conf": "include loop.conf\n",
};

const machine: Surroundings = {
  ...noSurroundings("lb1"),
  variable: (name) => ({ SITE: "north" })[name],
  readFile: (path) => ok(files[path] ?? ""),
  kindOf: (path) => (path in files ? "file" : isDirectory(path) ? "directory" : undefined),
  namesIn: (directory) => [
    ...new Set(
      Object.keys(files)
        .filter((path) => path.startsWith(`${directory}/`.replace("//", "/")))
        .map((path) => path.slice(`${directory}/`.replace("//", "/").length).split("/")[0] ?? ""),
    ),
  ],
};

function isDirectory(path: string): boolean {
  return Object.keys(files).some((file) => file.startsWith(`${path}/`));
}

function read(text: string) {
  const { text: expanded, placeAt, problems } = expandKeepalived(text, "/etc/k/k.conf", machine);
  const lines = [...expanded.matchAll(/^[ \t]*(\S.*)$/gm)].map((found) => {
    const line = found[1] ?? "";
    return { line, place: placeAt(found.index + found[0].length - line.length) };
  });
  return {
    lines,
    words: lines.map(({ line }) => line),
    problems: problems.map((each) => ({ ...each, ...placeAt(each.at) })),
  };
}

describe("a configuration is expanded", () => {
  const cases: [string, string, string[]][] = [
    ["names in braces stand anywhere", "$A=1\nx${A}y", ["x1y"]],
    [
      "bare names end with a blank, a comma, a parenthesis or the line",
      "$A=1\nx$A y$A, $A) $A. $Ab",
      ["x1 y1, 1) $A. $Ab"],
    ],
    ["what a definition names is looked up when it is used", "$A=x$B\n$B=1\n${A}\n$B=2\n${A}", ["x1", "x2"]],
    ["an empty definition is one", "$A=\nx${A}y", ["xy"]],
    ["a comment is no part of a definition", "$A=1 # one\nx${A}y", ["x1y"]],
    ["a definition of several lines ends a line", "$A= \\\nb {\\\n c \\\n}\nx $A\n$A y", ["x b {", "c", "}", "$A y"]],
    ["conditions take this instance", "@lb1 a\n@lb2 b\n@^lb1 c\n@^lb2 d", ["a", "d"]],
    ["conditions hold for definitions, and within them", "@lb1 $A= \\\na \\\n@lb2 b\n$A", ["a"]],
    ["ranges repeat a line", "~SEQ(N,3) a$N", ["a1", "a2", "a3"]],
    [
      "ranges have starts and steps, and run down",
      "~SEQ(N,5,-2,1) a$N\n~SEQ(N,-2) b$N",
      ["a5", "a3", "a1", "b-1", "b-2"],
    ],
    ["a range to 0 starts at 1, as keepalived's does", "~SEQ(N,0) a$N", ["a1", "a0"]],
    ["ranges count in hexadecimal", "~SEQx(N,9,2,0xd) a$N", ["a9", "ab", "ad"]],
    ["ranges stand within each other", "~SEQ(N,2) ~LST(M,x,y) ${N}${M}", ["1x", "1y", "2x", "2y"]],
    ["lists set several names", "~LST({A,B},{1,2},{3}) ${A}-${B}-", ["1-2-", "3--"]],
    ["a definition of several lines is repeated", "$V= \\\na $N \\\nb\n~SEQ(N,2) $V", ["a 1", "b", "a 2", "b"]],
    ["a condition and an include may come out of definitions", "$I=@lb1\n$I a\n$J=include\n$J a.conf", ["a", "a"]],
    ["includes are relative to their file, and define for all", "include d/b.conf\nx${X}", ["c /etc/k/d", "x2"]],
    [
      "wildcards and braces are taken in order",
      "include d/*.conf\ninclude {d/c,a}.conf",
      ["c /etc/k/d", "c /etc/k/d", "c /etc/k/d", "a"],
    ],
    ["what is always defined", "${_INSTANCE} ${_ENV SITE} ${_RANDOM 4 4} ${_RANDOM}", ["lb1 north 4 0"]],
    ["what would begin a comment", 'a${_HASH}b "${_BANG}"', ['a\\#b "\\!"']],
    ["a reference in quotes that nothing stands for stays", 'a "${HOME}/b" $HOME', ['a "${HOME}/b" $HOME']],
    ["a comment stays a comment", "a # $B\n# ${C}\n", ["a # $B", "# ${C}"]],
  ];
  for (const [claim, text, expected] of cases)
    test(claim, () => {
      const { words, problems } = read(text);
      expect(problems).toEqual([]);
      expect(words).toEqual(expected);
    });

  test("and each word knows where it was written, what it was made into, and where it is used", () => {
    const { lines } = read("$P=100\n$V= \\\n  a ${P} \\\n  b\nx\n  y ${P} z\n\n$V\n");
    const file = "/etc/k/k.conf";
    const usedAt = { file, line: 8, column: 1 };
    expect(lines.map(({ place }) => place)).toEqual([
      { file, line: 5, column: 1 },
      { file, line: 6, column: 3, expansion: { text: "  y 100 z", column: 3 } },
      { file, line: 3, column: 3, expansion: { text: "a 100", column: 1, usedAt } },
      { file, line: 4, column: 3, expansion: { text: "b", column: 1, usedAt } },
    ]);
  });

  const wrong: [string, string, string, number][] = [
    ["a name that is not defined", "a\nx${B}", "B is not defined", 2],
    ["a definition by itself", "$A=x$A\nq $A", "A stands for never ends", 2],
    ["definitions in a circle", "$A= \\\n$B\n$B= \\\n$A\n\n$A", "never ends", 4],
    ["a range that never ends", "~SEQ(N,1,0,3) a", "step of 0", 1],
    ["a range in the wrong direction", "~SEQ(N,1,-1,3) a", "never lead", 1],
    ["a range without numbers", "~SEQ(N,a) b", '"a" is not a whole number', 1],
    ["a list of too many values", "~LST(A,{1,2}) b", "more values", 1],
    ["a file that includes itself", "include loop.conf", "too deeply", 1],
    ["a comment within a definition", "$A= \\\na \\\n# c\nb\n$A", "a comment within a definition", 3],
    ["a missing file where it must be there", "includem no.conf", "there is no no.conf", 1],
    ["a wildcard without files where they must be there", "includew no*.conf", "there is no no*.conf", 1],
    ["quotes around a name", 'include "a.conf"', "there is no", 1],
  ];
  for (const [claim, text, message, line] of wrong)
    test(`unless there is ${claim}`, () => {
      const { problems } = read(text);
      expect(problems[0]).toMatchObject({ severity: "error", line });
      expect(problems[0]?.message).toContain(message);
    });

  test("and what keepalived does without is a warning", () => {
    expect(read("include no.conf\ninclude no*.conf\ninclude d").problems).toMatchObject([
      { severity: "warning", line: 1 },
      { severity: "warning", line: 3 },
    ]);
    expect(read("global_defs {\ninclude_check match\n}\ninclude no.conf").problems).toMatchObject([
      { severity: "error", line: 4 },
    ]);
  });

  test("and what grows without end is told", () => {
    const doubling = Array.from({ length: 40 }, (_, index) => `$A${index}=\${A${index + 1}}\${A${index + 1}}`).join(
      "\n",
    );
    expect(read(`${doubling}\n$A40=x\n\${A0}`).problems).toMatchObject([{ severity: "error" }]);
    const lines = Array.from({ length: 40 }, (_, index) => `$A${index}= \\\n$A${index + 1} \\\n$A${index + 1}\n`).join(
      "\n",
    );
    expect(read(`${lines}\n$A40=\n$A0`).problems[0]?.message).toContain("more than 2,000,000 lines");
    expect(read("~SEQ(N,1000000000) ~SEQ(M,1000000000) @other x").problems[0]?.message).toContain("more than");
  }, 60_000);
});

test("only what may need it is expanded", () => {
  for (const text of ["a\nb 1\n", "mail a@b.c\n", "# to include\nx", "a ~b"]) expect(needsExpansion(text)).toBe(false);
  for (const text of ["a $B", " @x y", "include a", "\n  include a", "~SEQ(A,1)"])
    expect(needsExpansion(text)).toBe(true);
});

describe("names of files", () => {
  test("have braces as in csh", () => {
    expect(expandBraces("a{b,c{d,}}e")).toEqual(["abe", "acde", "ace"]);
    expect(expandBraces("a{b")).toEqual(["a{b"]);
    expect(expandBraces("{}")).toEqual(["{}"]);
    expect(expandBraces("{a,b}".repeat(30))).toHaveLength(1000);
  });

  test("have wildcards", () => {
    const names = (pattern: string) => matchFiles(pattern, "/etc/k", machine).flatMap((match) => match.files);
    expect(names("*.conf")).toEqual(["/etc/k/a.conf", "/etc/k/loop.conf"]);
    expect(names("/etc/?/[a-c].conf")).toEqual(["/etc/k/a.conf"]);
    expect(names("*/[!b].conf")).toEqual(["/etc/k/d/c.conf"]);
    expect(names("[")).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { documents } from "../../test/config/documents.ts";
import { loadText } from "./load.ts";
import { renderYaml } from "./render.ts";
import { readSimpleYaml, readYamlQuickly } from "./simple-yaml.ts";
import { validateSettings } from "./validate.ts";

/** What the library says; undefined when it has anything to say about the text itself. */
function libraryReads(text: string): unknown {
  const tree = parseDocument(text, { prettyErrors: false, merge: true, logLevel: "error" });
  return tree.errors.length + tree.warnings.length > 0 ? undefined : tree.toJS();
}

describe("simple YAML", () => {
  test("is read as the library reads it: maps and lists, also in brackets, words, numbers and comments", () => {
    const text = `# a comment
a: 1
b: "two # words"   # behind it
c:
- x y
-   k: 'v'
    l: 012
  # in between
- {m: 1.5, n: [true, "a, b", 10.0.0.1:80], o: {}, p: []} # c
d:
    - e:
        f: /a#b c
      g: false
    - 192.0.2.1/24
h: 0.0.0.0
`;
    const expected = {
      a: 1,
      b: "two # words",
      c: ["x y", { k: "v", l: 12 }, { m: 1.5, n: [true, "a, b", "10.0.0.1:80"], o: {}, p: [] }],
      d: [{ e: { f: "/a#b c" }, g: false }, "192.0.2.1/24"],
      h: "0.0.0.0",
    };
    expect(readSimpleYaml(text)).toEqual(expected);
    expect(libraryReads(text)).toEqual(expected);
  });

  const left = [
    ...[
      "a: 1\na: 2\n",
      "a: &x 1\nb: *x\n",
      "a:\n  <<: {b: 1}\n",
      "a: |\n  text\n",
      "a: b\n  c\n",
      "a: !t b\n",
      "? a\n: b\n",
    ],
    ...[
      "a:\n",
      "a: ~\n",
      "a: null\n",
      "a: 0x10\n",
      "a: 1e3\n",
      "a: .5\n",
      "a: -0\n",
      "a: -1e3\n",
      "a: True\n",
      "a: b: c\n",
      "a:\tb\n",
    ],
    ...[
      "a: 'it''s'\n",
      'a: "\\u0041"\n',
      'a: "b" c\n',
      "a: [b\n",
      "a: [b,\n  c]\n",
      "a: {b}\n",
      "a: [b: c]\n",
      "a: [b,]\n",
    ],
    ...[
      "---\na: 1\n",
      "a: 1\n...\n",
      "a: 1\n---\nb: 1\n",
      "- - a\n",
      "-\n",
      "  a: 1\nb: 1\n",
      "a: 1\n  b: 1\n",
      "a: 1\r\n",
      '"a": 1\n',
    ],
    ...[
      "a:\n    b: 1\n  c: 1\n",
      "- a\n  - b\n",
      "- a: 1\n b: 1\n",
      "a: b #c\n  d\n",
      "aB: 1\n",
      "a: [b #c\n  ,d]\n",
      "a: @b\n",
    ],
  ];
  for (const text of left)
    test(`${JSON.stringify(text)} is left to the library`, () => expect(readSimpleYaml(text)).toBeUndefined());

  test("of random settings is what the library makes of it, and nearly all of it is simple", () => {
    let simple = 0;
    let all = 0;
    fc.assert(
      fc.property(documents, (document) => {
        const { settings } = validateSettings(document);
        if (settings === undefined) return;
        const text = renderYaml(settings);
        const quick = readYamlQuickly(text);
        all++;
        if (quick === undefined) return;
        simple++;
        expect(quick).toEqual(settings);
      }),
      { numRuns: 100 },
    );
    expect(simple).toBeGreaterThan(all / 2);
  }, 60_000);

  const words = [
    "a",
    "b_c",
    "10",
    "-7",
    "-z",
    "1.5",
    "x y",
    "10.0.0.1",
    '"q"',
    "'r'",
    "# s",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "- ",
    ": ",
    "-",
    " ",
  ];
  const odd = [
    '"',
    "'",
    "\\",
    "#",
    "&t",
    "*t",
    "|",
    "?",
    "true",
    "null",
    "\n",
    "\n  ",
    "\n- ",
    "\n  - ",
    "\nkey: ",
    "\n    d: ",
  ];
  const piece = fc.constantFrom(...words, ...odd, "\nk: ", "\n", "\n  ", "\n  m: ", "\n- n: ");
  const soup = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(""));
  const line = fc
    .tuple(
      fc.constantFrom("", "  ", "    ", "- ", "  - "),
      fc.constantFrom("a", "b", "c"),
      fc.array(fc.constantFrom(...words, ...odd), { maxLength: 4 }),
    )
    .map(([before, key, parts]) => `${before}${key}: ${parts.join("")}`);
  const text = fc.oneof(
    soup,
    fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
  );

  test("is never what the library refuses, and never read otherwise, whatever the text is", () => {
    let simple = 0;
    fc.assert(
      fc.property(text, (given) => {
        const quick = readSimpleYaml(given);
        if (quick === undefined) return;
        simple++;
        expect({ given, read: quick }).toEqual({ given, read: libraryReads(given) as never });
      }),
      { numRuns: Number(process.env.YAML_TEXTS ?? 5_000) },
    );
    expect(simple).toBeGreaterThan(50);
  }, 120_000);

  test("with a mistake is reported with its place", () => {
    const { settings, issues } = loadText("address_lease: 10\nwrong: 1\n", { file: "a.yaml" });
    expect(settings).toBeUndefined();
    expect(issues).toMatchObject([{ severity: "error", place: { file: "a.yaml", line: 2 } }]);
  });
});

// The language in front of the keywords, beside keepalived 2.2.7: random files of words in which definitions, conditions, ranges and includes
// stand everywhere. `keepalived -t` names every keyword that it does not know, with its line, and so tells what it made of the file.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expandKeepalived } from "../../agent/config/keepalived/expand/expand.ts";
import { machineSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import { parseKeepalived } from "../../agent/config/keepalived/parser.ts";
import { judge, keepalivedProgram, oracleFiles, oracleTimeoutMs } from "../support/keepalived-oracle.ts";

const name = fc.constantFrom("A", "B", "C1", "_D");
/** keepalived wants other names for ranges than for definitions, and mixes up definitions that change their number of lines. */
const counter = fc.constantFrom("N", "M");
const listed = fc.constantFrom("L", "K", "J");
const word = fc.constantFrom("q", "r7", "s-t", "u.v");
const reference = fc.oneof(
  fc.oneof(name, counter, listed).map((of) => `\${${of}}`),
  fc.oneof(name, counter, listed).map((of) => `$${of}`),
  fc.constantFrom("${_INSTANCE}", "$Undefined"),
);
/** A word that may hold references; those without braces end it. */
const made = fc
  .tuple(word, fc.array(fc.oneof(reference, word), { maxLength: 3 }))
  .map(([first, rest]) => first + rest.join(""));
/** A definition of several lines ends a line; in a range keepalived loses some of them. */
const madeOrMany = fc.oneof(
  { weight: 5, arbitrary: made },
  { weight: 1, arbitrary: word.map((first) => `${first}$Many`) },
);
const number = fc.integer({ min: -4, max: 9 });
const range = fc.oneof(
  fc.tuple(counter, number).map(([of, end]) => `~SEQ(${of}, ${end})`),
  fc.tuple(counter, number, number).map(([of, start, end]) => `~SEQ(${of},${start},${end})`),
  fc.tuple(counter, number, number, number).map(([of, start, step, end]) => `~SEQ(${of},${start}, ${step} ,${end})`),
  fc.tuple(counter, fc.nat(20), fc.nat(40)).map(([of, start, end]) => `~SEQx(${of}, 0x${start.toString(16)}, ${end})`),
  fc
    .tuple(counter, fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([of, list]) => `~LST(${of},${list.join(",")})`),
  fc.tuple(word, word, word).map(([a, b, c]) => `~LST({K,J},{${a},${b}},{${c}})`),
);
const condition = fc.constantFrom("", "", "", "@one ", "@^one ", "@two ", "@^two  ");
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(condition, madeOrMany).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.tuple(made, madeOrMany).map((parts) => parts.join(" ")) },
  { weight: 2, arbitrary: fc.tuple(range, made).map((parts) => parts.join(" ")) },
  { weight: 1, arbitrary: fc.tuple(range, range, made).map((parts) => parts.join(" ")) },
  { weight: 1, arbitrary: fc.constantFrom("# $A", "q # ${B}", "", "  ", "include other.conf", "q $A # r") },
);
/** What a definition says names only those after it, so that it ends. */
const value = fc.oneof(word, word, fc.constantFrom("", "x${Later}", "x ${Later} y", "2 # z"));
const definition = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(condition, name, value).map(([at, of, is]) => `${at}$${of}=${is}`) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom("q", "r ${Later}", "@one s", "@two t", "  u"), { minLength: 1, maxLength: 3 })
      .map((lines) => `$Many= \\\n${lines.join(" \\\n")}`),
  },
);
const file = fc
  .array(fc.oneof({ weight: 3, arbitrary: line }, { weight: 2, arbitrary: definition }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((lines) => `$Later=later\n${lines.join("\n")}\n`);

const other = "$A=other\nz${A} ${_INSTANCE}\n@two y\n";

describe.skipIf(keepalivedProgram === undefined)("definitions, conditions, ranges and includes", () => {
  test(
    "come to the same words in the same lines as in keepalived",
    () => {
      const directory = mkdtempSync(join(tmpdir(), "language-"));
      writeFileSync(join(directory, "other.conf"), other);
      try {
        let compared = 0;
        fc.assert(
          fc.property(file, (text) => {
            const ours = wordsOf(text, directory);
            // Where we refuse, keepalived may have done anything: that is why.
            if (ours === undefined) return;
            expect(ours).toEqual(keepalivedWords(text));
            compared++;
          }),
          { numRuns: oracleFiles(150) },
        );
        expect(compared).toBeGreaterThan(50);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    oracleTimeoutMs(150),
  );
});

/** The first words of our statements, with the line and the file that they are told to stand in; undefined when something is wrong. */
function wordsOf(text: string, directory: string): string[] | undefined {
  const path = join(directory, "k.conf");
  const { text: expanded, placeAt, problems } = expandKeepalived(text, path, machineSurroundings("one"));
  if (problems.length > 0) return undefined;
  return parseKeepalived(expanded).statements.map((statement) => {
    const { file: where, line: at, expansion } = placeAt(statement.at);
    const used = expansion?.usedAt ?? { file: where, line: at };
    return `${used.file.endsWith("other.conf") ? "other" : "main"}:${used.line} ${statement.text}`;
  });
}

/** The keywords that keepalived does not know; the file is read by several processes, one after the other, and the first is enough. */
function keepalivedWords(text: string): string[] {
  const all = judge(text, { id: "one", files: { "other.conf": other } }).remarks.flatMap(
    ({ file: where, line: at, text: said }) => {
      const found = /^Unknown keyword '(.*)'$/.exec(said);
      return found === null ? [] : [`${where?.endsWith("other.conf") ? "other" : "main"}:${at} ${found[1]}`];
    },
  );
  const once = all.length / 4;
  return Number.isInteger(once) ? all.slice(0, once) : all;
}

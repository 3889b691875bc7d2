import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transitionTable } from "./transition-table.ts";

test("the diagram in the README draws exactly the transitions of the table", () => {
  const readme = readFileSync(join(import.meta.dir, "..", "README.md"), "utf8");
  const drawn = readme.match(/^ {4}\w+ --> \w+: .+$/gm) ?? [];
  const inTable = transitionTable.flatMap(({ state, occurrence, next }) =>
    next.filter((to) => to !== state).map((to) => `    ${state} --> ${to}: ${occurrence}`),
  );
  expect([...drawn].sort()).toEqual(inTable.sort());
});

test("every row names where its rule is written", () => {
  const sources = /^(RFC 9568|RFC 5798|RFC 3768|keepalived|ours)/;
  expect(transitionTable.filter(({ section }) => !sources.test(section))).toEqual([]);
});

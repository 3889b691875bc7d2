import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keywordPage, keywordRows } from "./keyword-page.ts";

test("every keyword of keepalived runs, or is accepted or refused with a reason", () => {
  const rows = keywordRows();
  expect(rows.length).toBeGreaterThan(425);
  expect(
    rows.filter(({ support }) => support === "unknown").map(({ block, keyword }) => `${block} ${keyword}`),
  ).toEqual([]);
  for (const { support, note, keyword } of rows)
    if (support !== "runs") expect(`${keyword}: ${note}`.length).toBeGreaterThan(keyword.length + 12);
});

test("docs/keepalived-keywords.md is what the importer does: node_modules/.bin/bun scripts/keyword-page.ts writes it", () => {
  expect(readFileSync(join(import.meta.dir, "../../docs/keepalived-keywords.md"), "utf8")).toBe(keywordPage());
});

// The transcripts in vrrp/. UPDATE_TRANSCRIPTS=1 rewrites them: commit a change only with the reason for each line of it.

import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rowName, transitionTable } from "../../agent/vrrp/core/transition-table.ts";
import { replay } from "./vrrp-transcript.ts";

const folder = join(import.meta.dir, "vrrp");
const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));

test.each(names)("%s", (name) => {
  const path = join(folder, name);
  const text = readFileSync(path, "utf8");
  const now = replay(text);
  if (process.env.UPDATE_TRANSCRIPTS === "1") writeFileSync(path, now);
  expect(now).toBe(process.env.UPDATE_TRANSCRIPTS === "1" ? now : text);
});

test("every row of the transition table is taken in some transcript, and leads where it says", () => {
  const taken = new Map<string, Set<string>>();
  const note = (row: string, to: string | undefined) => {
    const led = taken.get(row) ?? new Set();
    taken.set(row, to === undefined ? led : led.add(to));
  };
  for (const name of names) replay(readFileSync(join(folder, name), "utf8"), note);
  expect(transitionTable.map(rowName).filter((row) => !taken.has(row))).toEqual([]);
  const astray = transitionTable.filter((row) =>
    [...(taken.get(rowName(row)) ?? [])].some((to) => !row.next.includes(to as never)),
  );
  expect(astray.map(rowName)).toEqual([]);
});

import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until as waitUntil } from "../../../test/support/until.ts";
import type { TrackedFileModel } from "../../config/model.ts";
import { FileWatch } from "./file-watch.ts";

const folder = mkdtempSync(join(tmpdir(), "vipward-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function tracked(name: string, other: Partial<TrackedFileModel> = {}): TrackedFileModel {
  return { name, file: join(folder, name), initialValue: undefined, overwrite: false, ...other };
}

function until(condition: () => boolean): Promise<boolean> {
  return waitUntil(condition, { what: `this holds: ${condition}` });
}

test("a tracked file is told as it changes, also when it is replaced or goes away", async () => {
  const values: (number | undefined)[] = [];
  const watch = new FileWatch({ onFinding: (_, { value }) => values.push(value), onTrouble: () => {} });
  watch.configure([tracked("load")]);
  writeFileSync(join(folder, "load"), "5\n");
  await until(() => values.at(-1) === 5);
  writeFileSync(join(folder, "other"), "-7\n");
  renameSync(join(folder, "other"), join(folder, "load"));
  await until(() => values.at(-1) === -7);
  rmSync(join(folder, "load"));
  await until(() => values.at(-1) === 0);
  watch.close();
  expect(values).toEqual([0, 5, -7, 0]);
});

test("a tracked file is made with its initial value when it is not there, or when that is asked for", () => {
  const watch = new FileWatch({ onFinding: () => {}, onTrouble: () => {} });
  writeFileSync(join(folder, "kept"), "9\n");
  writeFileSync(join(folder, "lost"), "9\n");
  watch.configure([
    tracked("made", { initialValue: 3 }),
    tracked("kept", { initialValue: 3 }),
    tracked("lost", { initialValue: 3, overwrite: true }),
  ]);
  watch.close();
  expect(["made", "kept", "lost"].map((name) => readFileSync(join(folder, name), "utf8"))).toEqual([
    "3\n",
    "9\n",
    "3\n",
  ]);
});

test("a file that cannot be made is told of", () => {
  const troubles: string[] = [];
  const watch = new FileWatch({ onFinding: () => {}, onTrouble: (file) => troubles.push(file) });
  watch.configure([tracked("none", { file: "/no/such/folder/file", initialValue: 1 })]);
  watch.close();
  expect(troubles).toEqual(["/no/such/folder/file"]);
});

// What is committed: sources, not what is made of them.

import { expect, test } from "bun:test";
import { lstatSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const largest = 1_000_000;

test("no committed file is larger than 1 MB: what is built does not belong to the history", () => {
  const { stdout, exitCode } = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: root, stdout: "pipe" });
  expect(exitCode).toBe(0);
  const files = stdout.toString().split("\0").filter(Boolean);
  expect(files).toContain("package.json");
  const sizeOf = (file: string) => lstatSync(join(root, file), { throwIfNoEntry: false })?.size ?? 0;
  expect(files.filter((file) => sizeOf(file) > largest)).toEqual([]);
});

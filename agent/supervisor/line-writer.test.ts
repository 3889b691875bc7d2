import { expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineWriter } from "./line-writer.ts";

test("lines arrive whole, in order and once", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lines-"));
  const file = join(directory, "log");
  const descriptor = openSync(file, "w");
  const writer = new LineWriter(descriptor);
  const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) writer.write(line);
  await writer.flush(5000);
  closeSync(descriptor);
  expect(readFileSync(file, "utf8")).toBe(lines.join(""));
  rmSync(directory, { recursive: true });
});

test("a reader that stalls stops nobody: what is too much is dropped, and the writer says how much", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lines-"));
  const path = join(directory, "fifo");
  Bun.spawnSync(["mkfifo", path]);
  // Open at both ends, so that opening does not wait; nobody reads until we do.
  const descriptor = openSync(path, "r+");
  const writer = new LineWriter(descriptor);
  for (let count = 0; count < 20_000; count++) writer.write(`${"x".repeat(100)} ${count}\n`);
  await writer.flush(20);
  const reader = Bun.spawn(["cat", path], { stdout: "pipe" });
  writer.write("the last line\n");
  await writer.flush(5000);
  closeSync(descriptor);
  const text = await new Response(reader.stdout).text();
  expect(text).toMatch(/\(\d+ log lines were dropped: nobody read them\)/);
  expect(text.startsWith(`${"x".repeat(100)} 0\n`)).toBe(true);
  rmSync(directory, { recursive: true });
});

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockRuntimeDirectory } from "./runtime-lock.ts";

/** A process that tries to take the lock. */
function contender(directory: string) {
  const fixture = join(import.meta.dir, "runtime-lock-fixture.ts");
  return Bun.spawn([process.execPath, fixture, directory], { stdout: "pipe" });
}

async function end(process: ReturnType<typeof contender>): Promise<void> {
  process.kill("SIGKILL");
  await process.exited;
}

async function wordOf({ stdout }: ReturnType<typeof contender>): Promise<string> {
  const { value } = await stdout.getReader().read();
  return new TextDecoder().decode(value).trim();
}

test("of agents that start at the same moment one has the runtime directory; it is free again when that one is killed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lock-"));
  const first = [contender(directory), contender(directory), contender(directory)];
  const words = await Promise.all(first.map(wordOf));
  // Ended before anything is claimed: a process that is left over holds the test's own output open.
  await Promise.all(first.map(end));
  const next = contender(directory);
  const word = await wordOf(next);
  await end(next);
  rmSync(directory, { recursive: true });
  expect(words.sort()).toEqual(["mine", "refused", "refused"]);
  expect(word).toBe("mine");
});

test("a directory in which the children's sockets could not be is refused before anybody is started", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lock-".padEnd(100, "x")));
  await expect(lockRuntimeDirectory(directory)).rejects.toThrow(/would have \d{3} bytes, at most 107 are possible$/);
  rmSync(directory, { recursive: true });
});

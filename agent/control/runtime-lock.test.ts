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

async function wordOf({ stdout }: ReturnType<typeof contender>): Promise<string> {
  const { value } = await stdout.getReader().read();
  return new TextDecoder().decode(value).trim();
}

test("of agents that start at the same moment one has the runtime directory; it is free again when that one is killed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lock-"));
  const first = [contender(directory), contender(directory), contender(directory)];
  expect((await Promise.all(first.map(wordOf))).sort()).toEqual(["mine", "refused", "refused"]);
  for (const each of first) each.kill("SIGKILL");
  await Promise.all(first.map(({ exited }) => exited));
  const next = contender(directory);
  expect(await wordOf(next)).toBe("mine");
  next.kill("SIGKILL");
  await next.exited;
  rmSync(directory, { recursive: true });
});

test("a directory in which the children's sockets could not be is refused before anybody is started", () => {
  const directory = mkdtempSync(join(tmpdir(), "lock-".padEnd(100, "x")));
  expect(() => lockRuntimeDirectory(directory)).toThrow(/would have \d{3} bytes, at most 107 are possible$/);
  rmSync(directory, { recursive: true });
});

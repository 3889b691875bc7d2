import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isRoot = process.getuid?.() === 0;
const fixture = join(import.meta.dir, "native-fixture.ts");
const loadedOnce = {
  before: { mapped: false, open: false },
  after: { mapped: true, open: false },
  works: true,
};

describe("the native add-on", () => {
  test("is loaded at its first use, and leaves neither a file nor a descriptor", () => {
    const empty = mkdtempSync(join(tmpdir(), "vipward-empty-"));
    const env = { ...process.env, TMPDIR: empty, BUN_TMPDIR: empty };
    expect(outputOf([process.execPath, fixture], env)).toEqual(loadedOnce);
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
  });

  test.if(isRoot)("is loaded by a compiled binary although /tmp is read-only and noexec", () => {
    // Not below /tmp, which the binary is to find covered.
    const directory = mkdtempSync("/var/tmp/vipward-compiled-");
    try {
      const binary = join(directory, "binary");
      const options = ["--compile", "--minify", "--bytecode", "--format=esm", "--outfile", binary];
      const built = Bun.spawnSync([process.execPath, "build", ...options, fixture], { stderr: "pipe" });
      expect({ code: built.exitCode, errors: built.stderr.toString() }).toMatchObject({ code: 0 });
      const covered = 'mount -t tmpfs -o ro,noexec none /tmp && exec "$0"';
      expect(outputOf(["unshare", "--mount", "sh", "-c", covered, binary])).toEqual(loadedOnce);
      expect(readdirSync(directory)).toEqual(["binary"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function outputOf(command: string[], env: Record<string, string | undefined> = process.env): unknown {
  const done = Bun.spawnSync(command, { env, stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString()}`);
  return JSON.parse(done.stdout.toString());
}

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../test/support/until.ts";
import { milliseconds } from "../base/duration.ts";
import { LinuxPrograms } from "../kernel/linux/programs.ts";
import { type ConfiguredProgram, type ProgramRules, prepareProgram } from "./prepare-program.ts";
import { describeOutcome, runProgram } from "./run-program.ts";

// Everything here needs the right to become another user.
const isRoot = process.getuid?.() === 0;
const port = new LinuxPrograms();
const rules: ProgramRules = { user: { user: "root", group: undefined }, refuseInsecure: true };
// Not in /tmp, which everybody may write to.
const folder = isRoot ? mkdtempSync("/root/vipward-programs-") : "";
afterAll(() => isRoot && rmSync(folder, { recursive: true }));

function script(name: string, text: string, mode = 0o755): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, mode);
  return file;
}

async function run(program: ConfiguredProgram, limitMs = 5000): Promise<string> {
  const prepared = prepareProgram(program, rules, port);
  if (!prepared.ok) return prepared.error;
  return describeOutcome(await runProgram(prepared.value, { limit: milliseconds(limitMs) }, port));
}

describe.if(isRoot)("a program", () => {
  test("that ends says with which exit code", async () => {
    expect(await run({ command: [script("seven", "exit 7")], user: undefined })).toBe("ended with exit code 7");
  });

  test("is found in the usual folders when it has no path", async () => {
    expect(await run({ command: ["true"], user: undefined })).toBe("ended with exit code 0");
    expect(await run({ command: ["no-such-program"], user: undefined })).toContain("is in none of /usr/local/sbin");
  });

  test("gets its arguments as they are, and only its own environment", async () => {
    const file = script("args", `printf '%s\\n' "$@" > ${folder}/args.out; env >> ${folder}/args.out`);
    expect(await run({ command: [file, "a b", "$HOME"], user: undefined })).toBe("ended with exit code 0");
    const seen = readFileSync(join(folder, "args.out"), "utf8");
    expect(seen).toStartWith("a b\n$HOME\n");
    expect(seen).not.toContain("HOME=");
  });

  test("runs as the user that is asked for, with that user's groups and in a session of its own", async () => {
    const user = { user: "nobody", group: undefined };
    const check =
      '[ "$(id -un)" = nobody ] && [ "$(id -G)" = "$(id -g nobody)" ] && [ "$(ps -o sid= -p $$ | tr -d " ")" = $$ ]';
    expect(await run({ command: ["/bin/sh", "-c", check], user })).toBe("ended with exit code 0");
    expect(await run({ command: ["true"], user: { user: "no-such-user", group: undefined } })).toContain(
      "there is no user no-such-user",
    );
  });

  test("that takes too long is ended with everything that it has started, also when it does not want to", async () => {
    const stubborn = script("stubborn", `trap '' TERM; sleep 60 & echo $! > ${folder}/pid; wait; sleep 60`);
    expect(await run({ command: [stubborn], user: undefined }, 200)).toBe("took longer than 200ms");
    const started = readFileSync(join(folder, "pid"), "utf8").trim();
    await until(() => !existsSync(`/proc/${started}/exe`), { what: "what it has started is gone" });
  });

  test("that would run as root and that others can change is refused", async () => {
    const open = script("open", "exit 0", 0o777);
    expect(await run({ command: [open], user: undefined })).toContain(`somebody else could change ${open}`);
    expect(await run({ command: [open], user: { user: "nobody", group: undefined } })).toContain(
      "could not be executed",
    );
  });

  test("that does not exist, or is not executable, says so", async () => {
    expect(await run({ command: ["/no/such"], user: undefined })).toBe("program /no/such does not exist");
    const plain = script("plain", "exit 0", 0o644);
    expect(await run({ command: [plain], user: undefined })).toContain("is not executable");
  });

  test("inherits no real-time scheduling", async () => {
    const fixture = join(import.meta.dir, "real-time-fixture.ts");
    const seen = Bun.spawnSync([process.execPath, fixture]);
    expect(seen.stdout.toString().trim()).toBe("SCHED_FIFO here, ended with exit code 0 there");
  });
});

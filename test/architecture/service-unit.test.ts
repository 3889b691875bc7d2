// scripts/vipward.service is what the README says, and asks of systemd what the agent needs.

import { expect, test } from "bun:test";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const read = (file: string) => Bun.file(join(root, file)).text();
const unit = await read("scripts/vipward.service");

/** The values of a setting, in their order. */
function valuesOf(setting: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

test("the unit runs the command line that step 3 of the README runs, with options that exist", async () => {
  const [start = ""] = valuesOf("ExecStart");
  const [, file] = /--config (\S+)/.exec(start) ?? [];
  expect(await read("README.md")).toContain(`vipward run --config ${file}`);
  expect(await read("docs/migration.md")).toContain(`scripts/vipward.service, with --config ${file}`);
  const known = await read("agent/cli/run.ts");
  for (const [option] of start.matchAll(/--[a-z-]+/g)) expect(known).toContain(`${option} <`);
});

test("a reload is a SIGHUP, upon which control reads its file again and tells systemd when it has", async () => {
  expect(valuesOf("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
  expect(valuesOf("Type")).toEqual(["notify"]);
  const control = await read("agent/control/process.ts");
  expect(control).toContain('process.on("SIGHUP"');
  expect(control).toContain('RELOADING: "1"');
});

test("modules are loaded outside of the rights that the service is limited to, which do not allow it", () => {
  expect(valuesOf("CapabilityBoundingSet").join(" ")).not.toContain("CAP_SYS_MODULE");
  expect(valuesOf("ExecStartPre")).toEqual(["-+/sbin/modprobe ip_vs"]);
});

test("what is wrong usage or not permitted is not tried again and again", () => {
  expect(valuesOf("RestartPreventExitStatus")).toEqual(["2 4"]);
});

test("its directories are those that the agent uses unless told otherwise, and as closed", () => {
  expect([valuesOf("RuntimeDirectory"), valuesOf("RuntimeDirectoryMode")]).toEqual([["vipward"], ["0750"]]);
  expect([valuesOf("StateDirectory"), valuesOf("StateDirectoryMode")]).toEqual([["vipward"], ["0700"]]);
});

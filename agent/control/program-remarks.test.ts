import { expect, test } from "bun:test";
import { validateSettings } from "../config/validate.ts";
import { programRemarks } from "./program-remarks.ts";

function settingsOf(notify: object) {
  const instance = { name: "web", interface: "eth0", virtualRouterId: 51, virtualAddresses: ["10.9.0.100/24"] };
  const { settings } = validateSettings({ vrrpInstances: [{ ...instance, notify }] });
  if (settings === undefined) throw new Error("the document is refused");
  return settings;
}

test("programs that are not run are a warning at the first of them", () => {
  expect(programRemarks(settingsOf({ backup: "/bin/a", any: "/bin/b" }), false)).toEqual([
    {
      severity: "warning",
      code: "programs-not-run",
      path: "vrrp_instances[0].notify.backup",
      message: "this program and 1 more are not run: the agent was started without --allow-scripts",
    },
  ]);
});

test("nothing is said where they are run, or where there are none", () => {
  expect(programRemarks(settingsOf({ any: "/bin/b" }), true)).toEqual([]);
  expect(programRemarks(settingsOf({ mail: true }), false)).toEqual([]);
});

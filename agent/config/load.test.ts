import { describe, expect, test } from "bun:test";
import { detectFormat, loadText } from "./load.ts";

describe("the language of a text is told by its content", () => {
  const cases: [string, ReturnType<typeof detectFormat>][] = [
    ['\n {"virtual_servers": []}', "json"],
    ["# a comment\nvirtual_servers: []", "yaml"],
    ["---\ndirector: {}", "yaml"],
    ["virtual_servers:\n  - port: 80", "yaml"],
    ["! a comment\nglobal_defs {\n}", "keepalived"],
    ["virtual_server 2001:db8::1 80 {\n}", "keepalived"],
    ["\ufeffvrrp_instance VI_1 {\n}", "keepalived"],
    ["", "keepalived"],
  ];
  for (const [text, expected] of cases) test(JSON.stringify(text), () => expect(detectFormat(text)).toBe(expected));
});

describe("a text that must not be applied", () => {
  test("an empty one is an error in every language, because it would remove everything", () => {
    for (const text of ["", "\n\n", "# only\n! comments\n"])
      expect(loadText(text, { file: "a" })).toMatchObject({
        issues: [{ severity: "error", place: { file: "a", line: 1 } }],
      });
    expect(loadText("# only a comment", { file: "a", format: "yaml" }).settings).toBeUndefined();
  });

  test("one with a warning only is accepted, and the warning is told", () => {
    const text = "virtual_server fwmark 1 {\n protocol TCP\n real_server 10.9.0.11 80 {\n }\n}\n";
    const { settings, model, issues } = loadText(text, { file: "a" });
    expect(issues).toMatchObject([{ severity: "warning", place: { line: 2, column: 2 } }]);
    expect([settings?.virtualServers.length, model?.balancer.virtualServers.length]).toEqual([1, 1]);
  });

  test("a camelCase field is unknown in a file", () => {
    expect(loadText("addressLease: 10s", { file: "a" }).issues).toMatchObject([
      { severity: "error", message: 'unknown field "addressLease"', suggestion: "address_lease" },
    ]);
  });

  test("a field named like a property of every object is unknown, not harmful", () => {
    for (const key of ["__proto__", "constructor", "toString"])
      expect(loadText(`${key}: {x: 1}`, { file: "a" }).issues).toMatchObject([
        { severity: "error", message: `unknown field "${key}"` },
      ]);
  });
});

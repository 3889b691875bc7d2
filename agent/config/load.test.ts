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

describe("YAML that is built to do harm", () => {
  const cases: [string, string, string][] = [
    ["an alias within its own value", "director: &a {name: *a}", "no anchor of this name stands before the alias"],
    ["an alias before its anchor", "director: {name: *b}\nx: &b c", "no anchor of this name stands before the alias"],
    [
      "aliases of one value without end",
      `x: &b y\nl: [${"*b,".repeat(20_000)}]`,
      "the aliases make more than 10000 copies",
    ],
    ["braces without end", `k: ${"{k: ".repeat(5000)}`, "the document is nested too deeply"],
    ["dashes without end", "- ".repeat(5000), "the document is nested too deeply"],
    ["a second document", "director: {}\n---\ndirector: {}\n", "a second document begins here: a file holds one"],
  ];
  for (const [claim, text, message] of cases)
    test(`${claim} is refused`, () =>
      expect(loadText(text, { file: "a" })).toMatchObject({ issues: [{ severity: "error", message }] }));

  test("many real servers may share their settings by aliases", () => {
    const first = "  - &v {address: 10.9.0.100, port: 1, protocol: tcp, real_servers: [{address: 10.9.0.11}]}\n";
    const others = Array.from({ length: 500 }, (_, index) => `  - {<<: *v, port: ${index + 2}}\n`);
    expect(
      loadText(`virtual_servers:\n${first}${others.join("")}`, { file: "a" }).model?.balancer.virtualServers,
    ).toHaveLength(501);
  });
});

describe("a password in YAML", () => {
  function issuesOf(authentication: string) {
    const instance = `{name: a, interface: eth0, virtual_router_id: 1, virtual_addresses: [10.9.0.100], authentication: ${authentication}}`;
    return loadText(`vrrp_instances: [${instance}]`, { file: "a" }).issues;
  }

  test("of digits needs quotes, because YAML would drop leading zeros", () => {
    expect(issuesOf("{type: pass, password: 0123}")).toMatchObject([
      { message: "the value is not a text", expected: "a text: put it in quotes", secret: true },
    ]);
    expect(issuesOf('{type: pass, password: "0123"}')).toEqual([]);
  });

  test("is not in any issue, whatever is wrong with it", () => {
    const mistakes = [
      "*hunter2",
      "!hunter2 x",
      "hunter2hunter2",
      "[hunter2]",
      "{hunter2: 1}",
      "x, pw: hunter2",
      "x, hunter2: 1",
    ];
    for (const mistake of mistakes) {
      const issues = issuesOf(`{type: pass, password: ${mistake}}`);
      expect(issues.length).toBeGreaterThan(0);
      expect(JSON.stringify(issues)).not.toContain("hunter2");
    }
  });
});

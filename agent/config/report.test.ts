import { describe, expect, test } from "bun:test";
import type { Issue } from "./issue.ts";
import { formatIssues } from "./report.ts";

const wrong: Issue = {
  severity: "error",
  place: { file: "a.conf", line: 2, column: 4 },
  message: "x is wrong",
  expected: "y",
  suggestion: "z",
};

describe("issues for people", () => {
  test("show the line with a mark under the word, through tabs as well", () => {
    expect(formatIssues([wrong], { sources: [{ file: "a.conf", text: "one\n\t  two\n" }], color: false })).toBe(
      "a.conf:2:4: error: x is wrong\n  2 | \t  two\n    | \t  ^\n  expected: y\n  did you mean: z\n",
    );
  });

  test("name the field where there is no text", () => {
    const issue: Issue = { severity: "warning", path: "virtual_servers[0].port", message: "x" };
    expect(formatIssues([issue], { color: false })).toBe("virtual_servers[0].port: warning: x\n");
  });

  test("never show a line that may hold a secret", () => {
    const lines = [
      "auth_pass hunter2",
      "password: hunter2",
      "  hunter2",
      "authentication: {type: pass, pw: hunter2}",
      "key 1 hunter2",
      '{"keys": [{"id": 1, "key": "hunter2"}]}',
    ];
    for (const [index, text] of lines.entries()) {
      const place = { file: "a", line: 1, column: 3 };
      const issue: Issue = { severity: "error", place, message: "x", ...(index === 2 && { secret: true }) };
      expect(formatIssues([issue], { sources: [{ file: "a", text }], color: false })).not.toContain("hunter2");
    }
  });

  test("are cut after the limit, and the rest is counted", () => {
    expect(formatIssues([wrong, wrong, wrong], { color: false, limit: 1 })).toEndWith("and 2 more\n");
  });

  test("show a piece of a very long line", () => {
    const text = `${"a".repeat(5000)}b`;
    const issue = { ...wrong, place: { file: "a", line: 1, column: 5001 } };
    const [, line = "", mark = ""] = formatIssues([issue], { sources: [{ file: "a", text }], color: false }).split(
      "\n",
    );
    expect(line.length).toBeLessThan(200);
    expect(line[mark.indexOf("^")]).toBe("b");
  });
});

test("the mark is under the word behind tabs, wide characters and marks that have no width, and a very long word is cut", () => {
  const line = "\t10.9.0.100/24 日本 e\u0301 dev\teth0";
  const place = { file: "k.conf", line: 1, column: line.indexOf("eth0") + 1 };
  const issue = { severity: "error", message: `"${"y".repeat(3000)}" is not known`, place } as const;
  const [head = "", shown = "", mark = ""] = formatIssues([issue], {
    sources: [{ file: "k.conf", text: line }],
    color: false,
  }).split("\n");
  expect(head).toBe(`k.conf:1:${place.column}: error: "${"y".repeat(99)}…" is not known`);
  expect(shown).toBe(`  1 | ${line}`);
  expect(mark).toBe(`    | \t${" ".repeat("10.9.0.100/24 ____ e dev".length)}\t^`);
});

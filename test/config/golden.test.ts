// Each file of golden/ is a configuration; beside it, under the same name with .expected, stands what the loader says about it and, when it
// is accepted, the same configuration as YAML.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadText } from "../../agent/config/load.ts";
import { renderYaml } from "../../agent/config/render.ts";
import { formatIssues } from "../../agent/config/report.ts";

const folder = join(import.meta.dir, "golden");
const inputs = readdirSync(folder).filter((name) => !name.endsWith(".expected"));

describe("a configuration is read as expected", () => {
  for (const file of inputs)
    test(file, () => {
      const text = readFileSync(join(folder, file), "utf8");
      expect(outcome(text, file)).toBe(readFileSync(join(folder, `${file}.expected`), "utf8"));
    });
});

describe("what was accepted means the same as YAML", () => {
  for (const file of inputs)
    test(file, () => {
      const { settings } = loadText(readFileSync(join(folder, file), "utf8"), { file });
      if (settings === undefined) return;
      expect(loadText(renderYaml(settings), { file: "rendered.yaml" }).settings).toEqual(settings);
    });
});

function outcome(text: string, file: string): string {
  const { issues, settings } = loadText(text, { file });
  const report = formatIssues(issues, { sourceText: text, color: false });
  return settings === undefined ? report : `${report}---\n${renderYaml(settings)}`;
}

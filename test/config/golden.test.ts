// Each file of golden/ is a configuration; beside it, under the same name with .expected, stands what the loader says about it and, when it
// is accepted, the same configuration as YAML.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { machineSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import { loadText } from "../../agent/config/load.ts";
import { renderYaml } from "../../agent/config/render.ts";
import { formatIssues } from "../../agent/config/report.ts";

/** Files beside the configurations, and what else they may ask for. */
const surroundings = { ...machineSurroundings("one"), directory: join(import.meta.dir, "golden"), random: () => 0.5 };
const folder = join(import.meta.dir, "golden");
const inputs = readdirSync(folder).filter((name) => /\.(conf|yaml|json)$/.test(name));

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
      const { settings, comments } = loadText(readFileSync(join(folder, file), "utf8"), { file, surroundings });
      if (settings === undefined) return;
      expect(loadText(renderYaml(settings, comments?.()), { file: "rendered.yaml" }).settings).toEqual(settings);
    });
});

function outcome(text: string, file: string): string {
  const { issues, settings, sources } = loadText(text, { file, surroundings });
  const report = formatIssues(issues, { sources, color: false });
  return settings === undefined ? report : `${report}---\n${renderYaml(settings)}`;
}

// Many small keepalived.confs. Each file of cases/ holds some, each under the line `=== what it is about`; beside it, under the same name with
// .expected, stands for each what the loader says about it and, when it is accepted, the same configuration as YAML.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { machineSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import { loadText } from "../../agent/config/load.ts";
import { renderYaml } from "../../agent/config/render.ts";
import { formatIssues } from "../../agent/config/report.ts";

const folder = join(import.meta.dir, "cases");
const surroundings = { ...machineSurroundings("one"), directory: folder, random: () => 0.5 };

for (const file of readdirSync(folder).filter((name) => name.endsWith(".cases"))) {
  const cases = sections(readFileSync(join(folder, file), "utf8"));
  const expected = new Map(sections(readFileSync(join(folder, `${file}.expected`), "utf8")));
  describe(file, () => {
    for (const [name, text] of cases)
      test(name, () => {
        expect(outcome(text)).toBe(expected.get(name) ?? "");
        const { settings } = read(text);
        if (settings !== undefined) expect(loadText(renderYaml(settings), { file: "yaml" }).settings).toEqual(settings);
      });
  });
}

function sections(text: string): [string, string][] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end + 1)];
    });
}

function read(text: string) {
  return loadText(text, { file: "k.conf", format: "keepalived", surroundings });
}

function outcome(text: string): string {
  const { issues, settings, sources } = read(text);
  const report = formatIssues(issues, { sources, color: false });
  return settings === undefined ? report : `${report}---\n${renderYaml(settings)}`;
}

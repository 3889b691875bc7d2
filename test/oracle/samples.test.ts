// The configurations that Debian's package of keepalived brings along, read where they lie (scripts/lab/setup keeps them): accepted or refused as
// `keepalived -t` does it, with something said about every line that it says something about.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Issue } from "../../agent/config/issue.ts";
import { machineSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import { loadText } from "../../agent/config/load.ts";
import { renderYaml } from "../../agent/config/render.ts";
import { judge, keepalivedProgram } from "../support/keepalived-oracle.ts";

/** Interfaces, programs and users that this machine does not have; that it would not run programs without script_security. */
const aboutTheMachine = /interface|SECURITY|script user|default user/i;

/** What it takes otherwise than it is written, and goes on with: it is corrected here, too. */
const aboutCorrections = /^\s*warning|deprecated|please use|no preference|clearing|has no virtual router/i;

const folder = keepalivedProgram?.samples ?? "";
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("keepalived.conf")) : [];

describe.skipIf(files.length === 0)("Debian's samples", () => {
  test("are all there", () => {
    expect(files.length).toBeGreaterThanOrEqual(25);
  });

  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const read = () => loadText(text, { file, format: "keepalived", surroundings: machineSurroundings("high") });
    const remarks = () => judge(text, { id: "high" }).remarks.filter(({ text: said }) => !aboutTheMachine.test(said));

    test(`${file}: accepted if keepalived finds nothing wrong, refused if it does`, () => {
      const wrong = remarks().filter(({ text: said }) => !aboutCorrections.test(said));
      const { settings, issues } = read();
      const said = { wrong, errors: errorsOf(issues) };
      expect({ ...said, accepted: settings !== undefined }).toEqual({ ...said, accepted: wrong.length === 0 });
    });

    test(`${file}: something is said about each line that keepalived says something about`, () => {
      const { issues } = read();
      const lines = new Set(issues.map(({ place }) => place?.line));
      expect(remarks().filter(({ line }) => line !== undefined && !lines.has(line))).toEqual([]);
    });

    test(`${file}: what it means survives as YAML`, () => {
      const { settings, comments } = read();
      if (settings === undefined) return;
      expect(loadText(renderYaml(settings, comments?.()), { file: "rendered.yaml" }).settings).toEqual(settings);
    });
  }
});

function errorsOf(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter(({ severity }) => severity === "error");
}

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ok } from "../../agent/base/result.ts";
import { machineSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import type { Settings } from "../../agent/config/schema/settings.ts";
import { applyFile, type ConfigFileParts } from "../../agent/control/config-file.ts";

const conf =
  "include more/*.conf\nvirtual_server 10.9.0.100 80 {\n protocol TCP\n @lb1 lb_algo rr\n real_server 10.9.0.11 80 {\n  weight ${W}\n }\n}\n";

/** A control that remembers what was applied, and the hash that it was applied with. */
function control(instance = "lb1") {
  const applied: Settings[] = [];
  let hash: string | undefined;
  const parts = {
    store: { fileHash: () => hash },
    transactions: {
      get running() {
        return applied.length === 0 ? undefined : {};
      },
      apply: async (wish: { validated: { settings: Settings }; source: { hash: string } }) => {
        applied.push(wish.validated.settings);
        hash = wish.source.hash;
        return ok({});
      },
    },
    log: { info() {}, warn() {}, error() {}, debug() {} },
    surroundings: machineSurroundings(instance),
  };
  return { applied, parts: parts as unknown as ConfigFileParts };
}

async function within(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "config-file-"));
  try {
    writeFileSync(join(folder, "k.conf"), conf.replace("more/*.conf", "weights.conf"));
    writeFileSync(join(folder, "weights.conf"), "$W=3\n");
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("a keepalived.conf that is read again", () => {
  test("is applied when a file that it includes has changed, and not otherwise", () =>
    within(async (folder) => {
      const { applied, parts } = control();
      const weight = () => applied.at(-1)?.virtualServers[0]?.realServers[0]?.weight;
      expect((await applyFile(parts, join(folder, "k.conf"))).kind).toBe("applied");
      expect(weight()).toBe(3);
      expect(applied[0]?.virtualServers[0]?.scheduler).toBe("rr");
      expect((await applyFile(parts, join(folder, "k.conf"))).kind).toBe("unchanged");
      writeFileSync(join(folder, "weights.conf"), "$W=4\n");
      expect((await applyFile(parts, join(folder, "k.conf"))).kind).toBe("applied");
      expect(weight()).toBe(4);
    }));

  test("changes nothing when it or an included file is wrong, and says where", () =>
    within(async (folder) => {
      const { applied, parts } = control();
      await applyFile(parts, join(folder, "k.conf"));
      for (const weights of ["$W=many\n", "", "$W=3\nvrrp_instance A {\n"]) {
        writeFileSync(join(folder, "weights.conf"), weights);
        const outcome = await applyFile(parts, join(folder, "k.conf"));
        expect(outcome.kind).toBe("wrong");
        expect("report" in outcome && outcome.report).toMatch(/k\.conf:6|weights\.conf:2/);
      }
      expect(applied).toHaveLength(1);
    }));

  test("is read as the instance that this is", () =>
    within(async (folder) => {
      const { applied, parts } = control("lb2");
      await applyFile(parts, join(folder, "k.conf"));
      expect(applied[0]?.virtualServers[0]?.scheduler).toBe("wlc");
    }));
});

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { noSurroundings } from "../config/keepalived/expand/surroundings.ts";
import { sha256 } from "./content.ts";
import { namespaceRemarks, namespaceToEnter } from "./network-namespace.ts";

/** What an agent enters that is started with a file, after another file and revision. */
function entered(text: string, { applied = "", stored = undefined as string | undefined } = {}): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "namespace-"));
  const path = join(directory, "k.conf");
  writeFileSync(path, text);
  const fileHash = (file: string) => (file === resolve(path) ? sha256(applied) : undefined);
  const parts = { store: { fileHash, runningNamespace: () => stored }, surroundings: noSurroundings() };
  try {
    return namespaceToEnter(parts, path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("an agent enters the namespace that its file names", () => {
  expect(entered("net_namespace blue\n")).toBe("blue");
  expect(entered("global_defs {\n  net_namespace blue\n}\n")).toBe("blue");
  expect(entered("director:\n  network_namespace: blue\n")).toBe("blue");
  expect(entered("global_defs {\n  net_namespace_ipvs blue\n}\n")).toBeUndefined();
});

test("a file that changed wins over the revision that ran last, one that did not or is wrong does not", () => {
  const [applied, stored] = ["net_namespace blue\n", "red"];
  expect(entered("net_namespace green\n", { applied, stored })).toBe("green");
  expect(entered("router_id x\n# nothing of it\n", { applied, stored })).toBe("red");
  expect(entered("global_defs {\n}\n", { applied, stored })).toBeUndefined();
  expect(entered(applied, { applied, stored })).toBe("red");
  expect(entered("net_namespace a/b\n", { applied, stored })).toBe("red");
});

test("a configuration that wants the agent elsewhere is refused while it runs", () => {
  const problems = (wanted: string | undefined, is: string | undefined, isIn = false) =>
    namespaceRemarks({ director: { networkNamespace: wanted } }, is, () => isIn).map(({ message }) => message);
  const remedy =
    "and it cannot change that while it runs: stop it, and start it with a file that says so (run --config)";
  expect(problems("blue", undefined)).toEqual([
    `the agent is in the network namespace that it was started in, ${remedy}`,
  ]);
  expect(problems(undefined, "blue")).toEqual([`the agent is in "blue", ${remedy}`]);
  expect(problems("blue", "blue")).toEqual([]);
  expect(problems("blue", undefined, true)).toEqual([]);
});

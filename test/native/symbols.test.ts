import { describe, expect, test } from "bun:test";
import { join } from "node:path";

// The binary must start on distributions as old as Debian 10 and RHEL 8, whose glibc is 2.28.
const floor = 228;

const root = join(import.meta.dir, "../..");
const addon = join(root, "native/build/vipward.so");
const bun = join(root, "node_modules/.bin/bun");

describe.each([
  ["the add-on", addon],
  ["bun", bun],
])("%s", (_, file) => {
  test("needs no symbol newer than glibc 2.28", () => {
    const versions = neededVersions(file);
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((version) => numberOf(version) > floor)).toEqual([]);
  });

  test("needs no C++ library on the director", () => {
    const libraries = neededLibraries(file);
    expect(libraries).toContain("libc.so.6");
    expect(libraries.filter((name) => /stdc\+\+|gcc_s|c\+\+/.test(name))).toEqual([]);
  });
});

describe("the add-on", () => {
  test("asks of the process that loads it nothing but Node-API", () => {
    // Weak ones are hooks of the C start-up files, which may be absent.
    const unversioned = undefinedSymbols(addon).filter(({ version, weak }) => version === "" && !weak);
    expect(unversioned.map(({ name }) => name).filter((name) => !name.startsWith("napi_"))).toEqual([]);
  });

  test("shows the process that loads it nothing but its two entries", () => {
    expect(definedSymbols(addon)).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
  });
});

/** "GLIBC_2.17" becomes 217, "GLIBC_2.2.5" 202. */
function numberOf(version: string): number {
  const [major = 0, minor = 0] = version.replace("GLIBC_", "").split(".").map(Number);
  return major * 100 + minor;
}

function neededVersions(file: string): string[] {
  const section = run("readelf", "--version-info", "--wide", file).split("Version needs section").slice(1).join("");
  return [...new Set(section.match(/GLIBC_[0-9.]+/g))];
}

function neededLibraries(file: string): string[] {
  const lines = run("readelf", "--dynamic", "--wide", file).matchAll(/\(NEEDED\).*\[(.*)\]/g);
  return [...lines].map((line) => line[1] ?? "");
}

function undefinedSymbols(file: string): { name: string; version: string; weak: boolean }[] {
  return symbolLines(file)
    .filter((columns) => columns[6] === "UND" && columns[7] !== undefined)
    .map((columns) => {
      const [name = "", version = ""] = (columns[7] ?? "").split("@");
      return { name, version, weak: columns[4] === "WEAK" };
    });
}

function definedSymbols(file: string): string[] {
  return symbolLines(file)
    .filter((columns) => columns[6] !== "UND")
    .map((columns) => columns[7] ?? "")
    .sort();
}

function symbolLines(file: string): string[][] {
  const lines = run("readelf", "--dyn-syms", "--wide", file).split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter((columns) => /^\d+:$/.test(columns[0] ?? ""));
}

function run(...command: string[]): string {
  const done = Bun.spawnSync(command, { stdout: "pipe", stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString()}`);
  return done.stdout.toString();
}

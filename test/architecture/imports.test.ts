// Who may import whom, as a table: each ban states its reason. The folders are those of agent/README.md.

import { expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

interface Ban {
  readonly name: string;
  readonly applies: (file: string) => boolean;
  readonly forbids: (line: Import) => boolean;
}

const root = join(import.meta.dir, "../..");
const isTest = (file: string) => file.endsWith(".test.ts");
const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`agent/${folder}`));
const inCore = (file: string) => /^agent\/[a-z]+\/core\//.test(file);
const external = (to: string) => !to.startsWith("agent/");

const bans: readonly Ban[] = [
  {
    name: "base imports nothing of ours and nothing from outside: everything else stands on it",
    applies: within("base/"),
    forbids: ({ to }) => !within("base/")(to),
  },
  {
    name: "cores are pure: no runtime, no library, no clock; of the configuration only types",
    applies: inCore,
    forbids: ({ from, to, typeOnly }) =>
      external(to) ||
      !(
        within("base/")(to) ||
        dirname(to).startsWith(dirname(from).replace(/(\/core)\/.*/, "$1")) ||
        isValueOf(to) ||
        (typeOnly && isTypeOf(to))
      ),
  },
  {
    name: "only the schema's folder knows zod: everybody else sees types and issues",
    applies: (file) => !within("config/")(file),
    forbids: ({ to }) => to === "zod",
  },
  {
    name: "only kernel/linux/native.ts and its loader reach the add-on",
    applies: (file) => !["agent/kernel/linux/native.ts", "agent/kernel/linux/load-addon.ts"].includes(file),
    forbids: ({ to }) => to.includes("native/build") || to === "bun:ffi",
  },
  {
    name: "nobody outside control knows its generated code",
    applies: (file) => !within("control/", "cli/")(file),
    forbids: ({ to }) => within("control/gen/")(to) || to.startsWith("@grpc/") || to.startsWith("@bufbuild/"),
  },
  {
    name: "only the mail server's file knows the library that speaks to it",
    applies: (file) => file !== "agent/notifications/smtp.ts",
    forbids: ({ to }) => to.startsWith("nodemailer"),
  },
  {
    name: "nobody imports control but its entry and the command line",
    applies: (file) => !within("control/", "cli/")(file) && file !== "agent/main.ts",
    forbids: ({ to }) => within("control/")(to),
  },
  {
    name: "drivers are handed their implementations: only entries compose the real kernel",
    applies: (file) =>
      within("vrrp/", "bfd/", "health/", "balancer/", "notifications/")(file) && !file.endsWith("/process.ts"),
    forbids: ({ to }) => within("kernel/linux/", "kernel/memory/")(to),
  },
  {
    name: "the ports know no implementation",
    applies: (file) => /^agent\/kernel\/[^/]+\.ts$/.test(file),
    forbids: ({ to, typeOnly }) =>
      within("kernel/linux/", "kernel/memory/")(to) || (!within("base/", "kernel/")(to) && !typeOnly),
  },
];

function isValueOf(to: string): boolean {
  // The key texts and constants of the ports are vocabulary, as pure as base.
  return /^agent\/kernel\/[^/]+\.ts$/.test(to);
}

function isTypeOf(to: string): boolean {
  return /^agent\/config\/model(-routing)?\.ts$/.test(to) || within("events/event.ts")(to) || /\/view\.ts$/.test(to);
}

const files = [...new Glob("agent/**/*.ts").scanSync(root)]
  .filter((file) => !isTest(file) && !file.includes("/gen/"))
  .sort();
const imports = (await Promise.all(files.map(importsOf))).flat();

async function importsOf(file: string): Promise<Import[]> {
  const text = await Bun.file(join(root, file)).text();
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']|import\(["']([^"']+)["']\)/gm,
  );
  return [...statements].map(([, type, from, lazy]) => ({
    from: file,
    to: resolve(file, from ?? lazy ?? ""),
    typeOnly: type !== undefined,
  }));
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
}

for (const ban of bans) {
  test(ban.name, () => {
    const broken = imports.filter((line) => ban.applies(line.from) && ban.forbids(line));
    expect(broken.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
}

test("no files import each other in a circle, not even types: everything stands on what is below it", () => {
  const standing = new Set(files);
  const isHeldBack = (file: string) => imports.some(({ from, to }) => from === file && standing.has(to));
  for (let before = -1; before !== standing.size; ) {
    before = standing.size;
    for (const file of standing) if (!isHeldBack(file)) standing.delete(file);
  }
  // What is left stands in a circle or on one.
  expect([...standing]).toEqual([]);
});

test("the cores call no clock, no randomness, no timer and do not wait", async () => {
  const forbidden = /Date\.now|performance\.now|Math\.random|setTimeout|setInterval|\bawait\b|process\.|Bun\./;
  const broken: string[] = [];
  for (const file of files.filter(inCore)) {
    const lines = (await Bun.file(join(root, file)).text()).split("\n");
    lines.forEach((line, index) => {
      if (forbidden.test(line.replace(/\/\/.*|^\s*\*.*/, ""))) broken.push(`${file}:${index + 1}: ${line.trim()}`);
    });
  }
  expect(broken).toEqual([]);
});

test("what the vrrp process imports at run time holds no parser, no schema and no server", () => {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const line of imports) if (line.from === file && !line.typeOnly) visit(line.to);
  };
  visit("agent/vrrp/process.ts");
  const heavy = [...reached].filter(
    (file) =>
      within("control/", "config/", "health/", "balancer/", "cli/")(file) ||
      (external(file) && !/^(node:|bun|native\/build)/.test(file)),
  );
  expect(heavy.filter((file) => !file.endsWith("/view.ts") && file !== "agent/config/model.ts")).toEqual([]);
});

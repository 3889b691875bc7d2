import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ok } from "../../agent/base/result.ts";
import { diffSettings } from "../../agent/config/diff.ts";
import { noSurroundings } from "../../agent/config/keepalived/expand/surroundings.ts";
import { parseKeepalived } from "../../agent/config/keepalived/parser.ts";
import { loadText } from "../../agent/config/load.ts";
import type { Model } from "../../agent/config/model.ts";
import { redactSettings } from "../../agent/config/redact.ts";
import { renderDocument, renderYaml } from "../../agent/config/render.ts";
import { formatIssues } from "../../agent/config/report.ts";
import { readDocument, readSnakeDocument } from "../../agent/config/schema/read-document.ts";
import { type Settings, settingsSchema } from "../../agent/config/schema/settings.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import { readYaml } from "../../agent/config/yaml.ts";
import { documents } from "./documents.ts";

describe("settings", () => {
  test("reading what was rendered gives the same settings", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const settings = settingsSchema.parse(document);
        const read = readYaml(renderYaml(settings), "rendered.yaml");
        expect(read.issues).toEqual([]);
        expect(settingsSchema.parse(read.document)).toEqual(settings);
      }),
    );
  });

  test("equal settings are rendered to the same bytes, whatever the order of their fields", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const settings = settingsSchema.parse(document);
        const text = JSON.stringify(renderDocument(settings));
        expect(JSON.stringify(renderDocument(backwards(settings) as Settings))).toBe(text);
        expect(JSON.stringify(renderDocument(readSnakeDocument(JSON.parse(text)) as Settings))).toBe(text);
        expect(settingsSchema.parse(document)).toEqual(readSnakeDocument(JSON.parse(text)) as Settings);
      }),
    );
  });

  test("a document is read quickly only when the schema takes it, and means the same then", () => {
    let read = 0;
    const damaged = fc
      .tuple(documents, fc.nat(), fc.anything())
      .map(([document, at, value]) => damage(document, at, value));
    fc.assert(
      fc.property(fc.oneof(documents, damaged), (document) => {
        const settings = readDocument(document);
        if (settings === undefined) return;
        read++;
        const parsed = settingsSchema.parse(document);
        expect(settings).toEqual(parsed);
        expect(JSON.stringify(settings)).toBe(JSON.stringify(parsed));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(500);
    fc.assert(fc.property(documents, (document) => expect(readDocument(document)).toBeDefined()));
  });

  test("accepted settings resolve to a model that is plain JSON, with unique names and checker ids", () => {
    let accepted = 0;
    fc.assert(
      fc.property(documents, (document) => {
        const { model, settings, issues } = validateSettings(document);
        if (model === undefined || settings === undefined) {
          expect(issues.some(({ severity }) => severity === "error")).toBe(true);
          return;
        }
        accepted++;
        expect(JSON.parse(JSON.stringify(model))).toEqual(JSON.parse(JSON.stringify(structuredClone(model))));
        expectUnique(model);
        expect(diffSettings(settings, settings)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test("no secret is in redacted settings, in differences or in issues", () => {
    const secret = "Zq9#x!";
    const hmacSettings = { antiReplay: "time" as const, mode: "enforce" as const };
    fc.assert(
      fc.property(documents, (document) => {
        const settings = settingsSchema.parse(document);
        const vrrpInstances = settings.vrrpInstances.map((instance) => ({
          ...instance,
          authentication: { type: "pass" as const, password: secret },
          authHmac: { ...hmacSettings, keys: [{ id: 1, key: secret.repeat(6) }] },
        }));
        const withSecrets = { ...settings, vrrpInstances };
        const shown = [
          renderYaml(redactSettings(withSecrets)),
          JSON.stringify(diffSettings(settings, withSecrets)),
          JSON.stringify(diffSettings(withSecrets, { ...settings, vrrpInstances: [] })),
          JSON.stringify(validateSettings({ ...withSecrets, wrong: 1 }).issues),
        ];
        expect(shown.filter((text) => text.includes(secret))).toEqual([]);
      }),
    );
  });
});

/** The same value with the fields of its objects in the opposite order. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, backwards(field)]),
  );
}

/** The document with one of its values, or one more field, replaced. */
function damage(document: unknown, at: number, value: unknown): unknown {
  if (typeof document !== "object" || document === null) return value;
  const keys = [...Object.keys(document), "surplus"];
  const key = keys[at % keys.length] ?? "";
  const inner = (document as Record<string, unknown>)[key];
  const next = at % 7 === 0 ? value : damage(inner, Math.floor(at / keys.length), value);
  if (Array.isArray(document)) return key === "surplus" ? [...document, value] : document.with(Number(key), next);
  return { ...document, [key]: next };
}

function expectUnique({ balancer, vrrp }: Model): void {
  const servers = balancer.virtualServers;
  const lists = [
    vrrp.instances.map(({ name }) => name),
    servers.map(({ name }) => name),
    ...servers.map(({ realServers }) => realServers.map(({ name }) => name)),
    servers.flatMap(({ realServers }) => realServers.flatMap(({ checkers }) => checkers.map(({ id }) => id))),
  ];
  for (const list of lists) expect(list).toEqual([...new Set(list)]);
}

describe("the loader never throws", () => {
  const folder = join(import.meta.dir, "golden");
  const samples = readdirSync(folder)
    .filter((name) => !name.endsWith(".expected"))
    .map((name) => readFileSync(join(folder, name), "utf8"));

  function survives(text: string): void {
    for (const format of [undefined, "yaml", "keepalived"] as const) {
      const result = loadText(text, { file: "random", ...(format && { format }) });
      const refused = result.issues.some(({ severity }) => severity === "error");
      expect(result.settings === undefined).toBe(refused);
      expect(result.model === undefined).toBe(refused);
      for (const { place } of result.issues) if (place !== undefined) expect(place.line).toBeGreaterThan(0);
      formatIssues(result.issues, { sources: result.sources, color: true });
    }
  }

  test("on random text", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "\n",
      " ",
      '"',
      "'",
      "\\",
      "#",
      "!",
      "vrrp_instance",
      "virtual_server",
      ":",
      "-",
      "${",
      "&a",
      "*a",
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), survives));
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => survives(parts.join(""))),
    );
  });

  test("on configurations that were cut, doubled or scrambled", () => {
    const damage = fc.record({
      sample: fc.constantFrom(...samples),
      from: fc.nat(4000),
      length: fc.nat(40),
      insert: fc.oneof(fc.constantFrom("", "{", "}", "\n", '"', " {\n"), fc.string({ maxLength: 5 })),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(damage, ({ sample, from, length, insert, cut }) => {
        const at = from % (sample.length + 1);
        survives(cut ? sample.slice(0, at) : sample.slice(0, at) + insert + sample.slice(at + length));
      }),
      { numRuns: 300 },
    );
  });

  test("on definitions, ranges and includes of all kinds, and it ends", () => {
    const pieces = fc.constantFrom(
      ...[
        "$A=",
        "$B= \\\n",
        "$A",
        "${A}",
        "${B",
        "$B",
        "\\",
        "\n",
        " ",
        "~SEQ(",
        "~SEQx(N,1,",
        "~LST({A,B},{1,2}",
        ")",
        ",",
      ],
      ...[
        "9",
        "-1",
        "99999999",
        "@one ",
        "@^",
        "include ",
        "includea ",
        "*",
        "{a,b}",
        "x",
        "#",
        '"',
        "${_RANDOM ",
        "${_HASH}",
        "{",
        "}",
      ],
    );
    const surroundings = {
      ...noSurroundings("one"),
      readFile: () => ok("$A=${B}${B}\ninclude x\n"),
      kindOf: () => "file" as const,
      namesIn: () => ["x", "a"],
    };
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        const { issues, sources } = loadText(text, { file: "random", format: "keepalived", surroundings });
        formatIssues(issues, { sources, color: false });
      }),
      { numRuns: 1500 },
    );
  }, 120_000);

  test("on brackets without end", () => {
    survives("[".repeat(20_000));
    survives("{".repeat(20_000));
    survives("a {\n".repeat(20_000));
    survives("}".repeat(20_000));
    expect(parseKeepalived("a {\n".repeat(50_000)).problems).toHaveLength(50_000);
  });

  test("and a keepalived.conf that was cut within a block is never accepted as a smaller one", () => {
    const whole = readFileSync(join(folder, "mark-and-address.conf"), "utf8");
    const cuts = Array.from(whole, (_, length) => whole.slice(0, length)).filter((text) => openBraces(text) > 0);
    expect(cuts.length).toBeGreaterThan(800);
    for (const text of cuts) expect(loadText(text, { file: "cut.conf" }).settings).toBeUndefined();
  });
});

function openBraces(text: string): number {
  return text.split("{").length - text.split("}").length;
}

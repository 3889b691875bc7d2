// The quick way to read YAML beside the parser that knows places: whatever the quick one takes, the other reads the same of it, and finds nothing wrong. With
// YAML_TEXTS=100000 for the long form.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readYamlQuickly } from "../../agent/config/plain-yaml.ts";
import { renderYaml } from "../../agent/config/render.ts";
import type { Settings } from "../../agent/config/schema/settings.ts";
import { checkDocument, checkSettings, validateSettings } from "../../agent/config/validate.ts";
import { readYaml } from "../../agent/config/yaml.ts";
import { documents } from "./documents.ts";

const numRuns = Number(process.env.YAML_TEXTS ?? 500);

/** What the parser that knows places makes of a text; undefined when it or the schema refuses. */
function slowly(text: string): Settings | undefined {
  const { document, issues } = readYaml(text, "a.yaml");
  return document === undefined || issues.length > 0 ? undefined : checkDocument(document, false).settings;
}

/** What the quick way makes of it, where no rule finds anything; undefined when it is left to the other. */
function quickly(text: string): Settings | undefined {
  const settings = readYamlQuickly(text);
  return settings === undefined || checkSettings(settings, false).findings.length > 0 ? undefined : settings;
}

/** Settings that no rule refuses, as they are rendered. */
const rendered = documents.map((document) => {
  const { settings } = validateSettings(document);
  return settings === undefined ? "address_lease: 10s\n" : renderYaml(settings);
});

/** A text as people write it, with everything that a line may have. */
const written = `# two directors
director:
  name: lb1   # here
vrrp_instances:
- name: VI_1
  interface: eth0
  virtual_router_id: 51
  advertisement_interval: 1.50
  version: 3
  virtual_addresses: [10.0.0.100/24, "10.0.0.101/24"]
virtual_servers:
  - address: 2001:db8::1
    port: 80
    protocol: tcp
    quorum: 2
    real_servers:

      - { address: 2001:db8::2, port: 80, checkers: [{ tcp: { timeout: 3s } }] }
      -
        address: 2001:db8::3
        port: 8080
        weight: 0
`;

/** Edits as an editor or an accident makes them. */
const edit = fc.oneof(
  fc.tuple(
    fc.constant("insert" as const),
    fc.nat(),
    fc.constantFrom(..." :-#'\"[]{},\n\t?x01.~&*!|>", "  ", ": ", "- ", "null", "\n# a: b\n", "---\n"),
  ),
  fc.tuple(fc.constant("delete" as const), fc.nat(), fc.integer({ min: 1, max: 6 })),
  fc.tuple(fc.constant("double" as const), fc.nat(), fc.integer({ min: 1, max: 3 })),
  fc.tuple(fc.constant("indent" as const), fc.nat(), fc.constantFrom(-2, -1, 1, 2)),
);

function edited(text: string, [kind, at, what]: [string, number, string | number]): string {
  const place = at % (text.length + 1);
  if (kind === "insert") return text.slice(0, place) + what + text.slice(place);
  if (kind === "delete") return text.slice(0, place) + text.slice(place + Number(what));
  const lines = text.split("\n");
  const line = at % lines.length;
  if (kind === "double") return lines.toSpliced(line, 0, ...lines.slice(line, line + Number(what))).join("\n");
  const old = lines[line] ?? "";
  const by = Number(what);
  return lines.with(line, by < 0 ? old.replace(new RegExp(`^ {0,${-by}}`), "") : " ".repeat(by) + old).join("\n");
}

describe("YAML that is read quickly", () => {
  test("means what the parser that knows places makes of it: rendered settings", () => {
    let quick = 0;
    fc.assert(
      fc.property(rendered, (text) => {
        const settings = quickly(text);
        if (settings === undefined) return;
        quick++;
        expect(settings).toEqual(slowly(text) as Settings);
      }),
      { numRuns },
    );
    expect(quick).toBeGreaterThan(numRuns / 10);
  }, 600_000);

  test("means the same, or is left to the other: texts with a few edits", () => {
    let quick = 0;
    fc.assert(
      fc.property(fc.oneof(fc.constant(written), rendered), fc.array(edit, { maxLength: 4 }), (whole, edits) => {
        const text = edits.reduce(edited, whole);
        const settings = quickly(text);
        if (settings === undefined) return;
        quick++;
        expect({ text, settings }).toEqual({ text, settings: slowly(text) as Settings });
      }),
      { numRuns: numRuns * 4 },
    );
    expect(quick).toBeGreaterThan(numRuns / 10);
  }, 600_000);

  const name = fc.stringMatching(/^[A-Za-z0-9_.~<=+-][A-Za-z0-9_.:/@+~<=-]{0,9}$/);
  test("means the same of every word and number", () => {
    fc.assert(
      fc.property(name, name, (one, two) => {
        const text = `director:\n  name: ${one}\nvrrp:\n  startup_delay: ${two}\n`;
        const settings = quickly(text);
        if (settings !== undefined) expect({ text, settings }).toEqual({ text, settings: slowly(text) as Settings });
      }),
      { numRuns: numRuns * 4 },
    );
  }, 600_000);

  const left: [string, string][] = [
    ["a key that stands twice", "address_lease: 10s\naddress_lease: 11s\n"],
    ["one within braces", "director: { name: a, name: b }\n"],
    ["one of which a comment hides a colon", "address_lease: 10s # a: b\naddress_lease: 11s\n"],
    ["a further document", "address_lease: 10s\n---\naddress_lease: 11s\n"],
    ["an anchor", "address_lease: &a 10s\n"],
    ["a merged key", "<<: { address_lease: 10s }\n"],
    ["a text of several lines", "director:\n  name: |\n    a\n"],
    ["a tag", "address_lease: !!str 10s\n"],
    ["an escape", 'director: { name: "a\\x3ab" }\n'],
    ["a comment beside quotes", "director: { name: 'a # b: c' }\n"],
    ["a comment within a value of several lines", "director:\n  name: a\n# c\n    b\n"],
    ["an unknown field", "adress_lease: 10s\n"],
    ["a value that is wrong", "address_lease: soon\n"],
  ];
  for (const [claim, text] of left)
    test(`with ${claim} is left to the parser that knows places`, () => expect(readYamlQuickly(text)).toBeUndefined());
});

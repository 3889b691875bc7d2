// The configuration on the wire and in documents: the same names, the same meaning, both ways.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createFileRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { snakeCase } from "../../agent/config/issue.ts";
import { settingsSchema } from "../../agent/config/schema/settings.ts";
import { elementOf, fieldsOf, type Node } from "../../agent/config/schema/tree.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import { Content } from "../../agent/control/content.ts";
import { configOf, publicConfigOf } from "../../agent/control/convert/config.ts";
import { documentOf } from "../../agent/control/convert/document.ts";
import descriptorPath from "../../agent/control/gen/api.binpb" with { type: "file" };
import { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { documents } from "../config/documents.ts";
import { webDocument } from "./documents.ts";

test("settings that go over the wire come back the same", () => {
  let valid = 0;
  fc.assert(
    fc.property(documents, (document) => {
      const { settings } = validateSettings(document);
      if (settings === undefined) return;
      valid += 1;
      const bytes = Config.encode(configOf(settings)).finish();
      const back = validateSettings(documentOf(Config.decode(bytes)));
      expect(back.issues.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(back.settings).toEqual(settings);
    }),
    { numRuns: 400, seed: 1 },
  );
  expect(valid).toBeGreaterThan(50);
});

test("the same content has the same hash, however it was written", () => {
  const read = (document: unknown) => {
    const { settings } = validateSettings(document);
    if (settings === undefined) throw new Error("the document is wrong");
    return new Content(settings).hash;
  };
  const [instance] = webDocument().vrrpInstances;
  const spelledOut = {
    ...webDocument(),
    addressLease: 10,
    vrrpInstances: [{ advertisementInterval: "1000ms", preempt: true, ...instance }],
  };
  expect(read(spelledOut)).toBe(read(webDocument()));
  expect(read(webDocument({ priority: 99 }))).not.toBe(read(webDocument()));
});

test("a secret is in no field of what may be shown", () => {
  const { settings } = validateSettings(webDocument());
  if (settings === undefined) throw new Error("the document is wrong");
  const shown = Buffer.from(Config.encode(publicConfigOf(settings)).finish()).toString("latin1");
  expect(shown).not.toContain("s3cret");
});

test("an empty configuration on the wire is an empty document", () => {
  expect(documentOf(Config.create())).toEqual({});
});

test("an enum value of a newer client is refused by name, not guessed", () => {
  const config = Config.create({
    virtualServers: [{ address: "10.9.0.100", port: 80, protocol: 99 as never } as never],
  });
  const wire = Config.decode(Config.encode(Config.create(config)).finish());
  expect(validateSettings(documentOf(wire)).issues).toMatchObject([
    { path: "virtual_servers[0].protocol", message: "99 is not known here" },
  ]);
});

test("every field of the schema is a field of the message of the same name, and the other way round", () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorPath)));
  const message = registry.getMessage("vipward.v1.Config");
  if (message === undefined) throw new Error("vipward.v1.Config is not among the descriptors");
  compare(settingsSchema, message, "");
});

function compare(node: Node, message: DescMessage, path: string): void {
  const fields = fieldsOf(node);
  if (fields === undefined) return;
  expect({ path, fields: message.fields.map(({ name }) => name).sort() }).toEqual({
    path,
    fields: Object.keys(fields).map(snakeCase).sort(),
  });
  for (const [key, field] of Object.entries(fields)) {
    const inner = message.fields.find(({ name }) => name === snakeCase(key))?.message;
    if (inner && !inner.typeName.startsWith("google.")) compare(elementOf(field) ?? field, inner, `${path}.${key}`);
  }
}

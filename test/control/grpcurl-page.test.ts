// docs/grpcurl.md: every call of the API is on the page, and whatever is on it can be called.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const root = join(import.meta.dir, "../..");
const descriptors = readFileSync(join(root, "agent/control/gen/api.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const methods = [...registry]
  .filter((type) => type.kind === "service")
  .flatMap((service) => service.methods)
  .map((method) => [`${method.parent.typeName}/${method.name}`, method.input] as const);

/** The calls of the page: the method and what it is asked. */
const calls = readFileSync(join(root, "docs/grpcurl.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, request = "{}", method] = /^ {4}vw (?:-d '([^']+)' )?([\w.]+\/\w+)$/.exec(line) ?? [];
    return method === undefined ? [] : [{ method, request }];
  });

test("the page shows every call of ours", () => {
  const shown = new Set(calls.map(({ method }) => method));
  const own = methods.map(([name]) => name).filter((name) => name.startsWith("vipward."));
  expect(own.length).toBeGreaterThan(30);
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

for (const { method, request } of calls)
  test(`${method} takes ${request}`, () => {
    const input = methods.find(([name]) => name === method)?.[1];
    if (input === undefined) throw new Error(`there is no ${method}`);
    fromJsonString(input, request, { registry });
  });

// Settings back to documents. Names, defaults and short forms all come from the schema, so that reading what was rendered gives the same settings.

import { stringify } from "yaml";
import { z } from "zod";
import { snakeCase } from "./issue.ts";
import { type Settings, settingsSchema } from "./schema/settings.ts";
import { bareNode, defaultOf, elementOf, fieldsOf, type Node } from "./schema/tree.ts";

/** The settings as a plain document with snake_case keys; what equals its default is left out. */
export function renderDocument(settings: Settings): unknown {
  return renderValue(settingsSchema, settings);
}

/** The settings as a YAML file. */
export function renderYaml(settings: Settings): string {
  return stringify(renderDocument(settings), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One value of a schema node as it stands in documents. It does not validate: redacted settings can be rendered too. */
export function renderValue(node: Node, value: unknown): unknown {
  const bare = unwrapped(node);
  const structure = renderStructure(bareNode(bare), value);
  return bare instanceof z.ZodCodec ? encode(bare, structure) : structure;
}

function renderStructure(node: Node, value: unknown): unknown {
  const fields = fieldsOf(node);
  if (fields !== undefined) return renderFields(fields, value as Record<string, unknown>);
  const element = elementOf(node);
  return element === undefined ? value : (value as readonly unknown[]).map((item) => renderValue(element, item));
}

function renderFields(fields: Readonly<Record<string, Node>>, value: Readonly<Record<string, unknown>>): unknown {
  const rendered: Record<string, unknown> = {};
  for (const [key, node] of Object.entries(fields)) {
    const field = value[key];
    if (field !== undefined && !sameValue(field, defaultOf(node))) rendered[snakeCase(key)] = renderValue(node, field);
  }
  return rendered;
}

function unwrapped(node: Node): Node {
  return node instanceof z.ZodDefault || node instanceof z.ZodPrefault || node instanceof z.ZodOptional
    ? unwrapped(node.unwrap())
    : node;
}

function encode(codec: z.ZodCodec, value: unknown): unknown {
  return codec.def.reverseTransform(value, { value, issues: [] });
}

/** Whether two plain values are the same; a field that is undefined counts as absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameValue(left[key], right[key]));
}

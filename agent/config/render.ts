// Settings back to documents. Names, defaults and short forms all come from the schema, so that reading what was rendered gives the same settings.

import type { Document as YamlDocument } from "yaml";
import * as z from "zod";
import { snakeCase } from "./issue.ts";
import type { Comment } from "./keepalived/comments.ts";
import { type Settings, settingsSchema } from "./schema/settings.ts";
import { bareNode, defaultOf, elementOf, fieldsOf, type Node } from "./schema/tree.ts";

/** The settings as a plain document with snake_case keys; what equals its default is left out. It is canonical: equal settings give the
 * same document with its keys in the same order, that of the schema, so that JSON.stringify gives the same bytes, and settings that differ
 * give others. */
export function renderDocument(settings: Settings): unknown {
  return rendererOf(settingsSchema)(settings);
}

/** The settings as a YAML file, with comments at what they are about. */
export function renderYaml(settings: Settings, comments: readonly Comment[] = []): string {
  // The library takes long to load, and an agent that reads a keepalived.conf never needs it.
  const { Document } = require("yaml") as typeof import("yaml");
  const document = new Document(renderDocument(settings), { aliasDuplicateObjects: false });
  for (const comment of comments) addComment(document, comment);
  return document.toString({ lineWidth: 0 });
}

/** What equals its default is not there: its comment goes to what is around it. Only a scalar has room behind it. */
function addComment(document: YamlDocument, { text, path, behind }: Comment): void {
  const { isMap, isNode, isScalar } = require("yaml") as typeof import("yaml");
  const keys = path.map((step) => (typeof step === "string" ? snakeCase(step) : step));
  while (keys.length > 0 && !document.hasIn(keys)) keys.pop();
  const said = behind !== undefined && keys.length < path.length ? `${behind}: ${text}` : text;
  const node = document.getIn(keys, true);
  const parent = document.getIn(keys.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === keys.at(-1)) : undefined;
  if (keys.length === 0) document.comment = joined(document.comment, said);
  else if (behind !== undefined && said === text && isScalar(node)) node.comment = joined(node.comment, said);
  else if (isScalar(pair?.key)) pair.key.commentBefore = joined(pair.key.commentBefore, said);
  else if (isNode(node)) node.commentBefore = joined(node.commentBefore, said);
}

function joined(before: string | null | undefined, text: string): string {
  return before ? `${before}\n ${text}` : ` ${text}`;
}

/** One value of a schema node as it stands in documents. It does not validate: redacted settings can be rendered too. */
export function renderValue(node: Node, value: unknown): unknown {
  return rendererOf(node)(value);
}

type Renderer = (value: unknown) => unknown;

const renderers = new WeakMap<Node, Renderer>();

/** The renderer of a node. It is made once: asking the schema anew for every value takes longer than rendering it. */
function rendererOf(node: Node): Renderer {
  const known = renderers.get(node);
  if (known !== undefined) return known;
  const made = makeRenderer(node);
  renderers.set(node, made);
  return made;
}

function makeRenderer(node: Node): Renderer {
  const bare = unwrapped(node);
  const render = structureRenderer(bareNode(bare));
  if (!(bare instanceof z.ZodCodec)) return render;
  const encode = bare.def.reverseTransform as (value: unknown, payload: z.core.ParsePayload) => unknown;
  // What is rendered was read before: nobody complains, and all addresses of a large table can share this.
  const payload: z.core.ParsePayload = { value: undefined, issues: [] };
  return (value) => {
    payload.value = value;
    return encode(render(value), payload);
  };
}

function structureRenderer(node: Node): Renderer {
  const fields = fieldsOf(node);
  if (fields !== undefined) return objectRenderer(fields);
  const element = elementOf(node);
  if (element === undefined) return (value) => value;
  const render = rendererOf(element);
  return (value) => (value as readonly unknown[]).map(render);
}

function objectRenderer(fields: Readonly<Record<string, Node>>): Renderer {
  const parts = Object.entries(fields).map(([key, node]) => ({
    key,
    spelling: snakeCase(key),
    byDefault: defaultOf(node),
    render: rendererOf(node),
  }));
  return (value) => {
    const rendered: Record<string, unknown> = {};
    for (const part of parts) {
      const field = (value as Readonly<Record<string, unknown>>)[part.key];
      if (field === undefined || field === part.byDefault) continue;
      if (typeof field !== "object" || !sameValue(field, part.byDefault)) rendered[part.spelling] = part.render(field);
    }
    return rendered;
  };
}

function unwrapped(node: Node): Node {
  return node instanceof z.ZodDefault || node instanceof z.ZodPrefault || node instanceof z.ZodOptional
    ? unwrapped(node.unwrap())
    : node;
}

/** Whether two plain values are the same; a field that is undefined counts as absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length === 0) return b.length === 0;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

// The quick way in: readers made of the schema, which give the settings of a document that is right and make hardly an object besides them.
// They know no messages: what they refuse goes to the schema itself, which says what is wrong. So a reader may refuse what is right (that
// costs time only), but must never take what the schema refuses, nor make something else of it.

import * as z from "zod";
import type { Node } from "./tree.ts";

/** What a reader gives for a value that it does not take. */
export const refused: unique symbol = Symbol("refused");

/** Gives the value that the schema makes of a value of a document, or `refused`. */
export type Reader = (value: unknown) => unknown;

/** How the fields of the schema are spelled in a document. */
export type Spelling = (key: string) => string;

/** The reader of a schema node. */
export function readerOf(node: Node, spelling: Spelling): Reader {
  const bare = withoutDefault(node);
  const read = bareReader(bare, spelling);
  return read === undefined ? parsing(bare) : checking(bare, read);
}

function withoutDefault(node: Node): Node {
  return node instanceof z.ZodOptional || node instanceof z.ZodDefault || node instanceof z.ZodPrefault
    ? withoutDefault(node.unwrap())
    : node;
}

function bareReader(node: Node, spelling: Spelling): Reader | undefined {
  if (node instanceof z.ZodObject) return objectReader(node, spelling);
  if (node instanceof z.ZodArray) return listReader(readerOf(node.element, spelling));
  if (node instanceof z.ZodCodec) return codecReader(node, spelling);
  if (node instanceof z.ZodUnion) return unionReader(node.options.map((option) => readerOf(option, spelling)));
  if (node instanceof z.ZodString) return (value) => (typeof value === "string" ? value : refused);
  if (node instanceof z.ZodBoolean) return (value) => (typeof value === "boolean" ? value : refused);
  if (node instanceof z.ZodNumberFormat)
    return node.format === "safeint" ? (value) => (Number.isSafeInteger(value) ? value : refused) : undefined;
  if (node instanceof z.ZodNumber) return (value) => (Number.isFinite(value) ? value : refused);
  if (node instanceof z.ZodEnum || node instanceof z.ZodLiteral) return choiceReader(node._zod.values);
  return undefined;
}

/** A reader for nodes that have none of their own. */
function parsing(node: Node): Reader {
  return (value) => {
    const result = z.core.safeParse(node, value);
    return result.success ? result.data : refused;
  };
}

type Check = z.core.$ZodCheck<unknown>;

/** The reader with the checks of its node, which may also change the value. */
function checking(node: Node, read: Reader): Reader {
  const checks = (node._zod.def.checks ?? []) as readonly unknown[] as readonly Check[];
  if (checks.length === 0) return read;
  const payload: z.core.ParsePayload = { value: undefined, issues: [] };
  return (value) => {
    payload.value = read(value);
    if (payload.value === refused) return refused;
    for (let index = 0; index < checks.length; index++) checks[index]?._zod.check(payload);
    return clean(payload) ? payload.value : refused;
  };
}

/** Whether nobody complained; the payload is then, as in every case, ready for the next value. */
function clean(payload: z.core.ParsePayload): boolean {
  if (payload.issues.length === 0) return true;
  payload.issues = [];
  return false;
}

function choiceReader(values: ReadonlySet<unknown> | undefined): Reader | undefined {
  return values && ((value) => (values.has(value) ? value : refused));
}

function unionReader(options: readonly Reader[]): Reader {
  return (value) => {
    for (let index = 0; index < options.length; index++) {
      const result = options[index]?.(value);
      if (result !== refused) return result;
    }
    return refused;
  };
}

function listReader(read: Reader): Reader {
  return (value) => {
    if (!Array.isArray(value)) return refused;
    const items: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const item = read(value[index]);
      if (item === refused) return refused;
      items.push(item);
    }
    return items;
  };
}

function codecReader(node: z.ZodCodec, spelling: Spelling): Reader {
  const readIn = node.def.in instanceof z.ZodUnknown ? undefined : readerOf(node.def.in as Node, spelling);
  const readOut = node.def.out instanceof z.ZodCustom ? undefined : readerOf(node.def.out as Node, spelling);
  const decode = node.def.transform as (value: unknown, payload: z.core.ParsePayload) => unknown;
  const payload: z.core.ParsePayload = { value: undefined, issues: [] };
  return (value) => {
    const given = readIn === undefined ? value : readIn(value);
    if (given === refused) return refused;
    const decoded = decode(given, payload);
    if (!clean(payload)) return refused;
    return readOut === undefined ? decoded : readOut(decoded);
  };
}

/** One field of an object: its names in settings and in documents, and what stands for it when it is not given. */
interface Field {
  readonly key: string;
  readonly spelling: string;
  readonly read: Reader;
  readonly required: boolean;
  readonly byDefault: unknown;
  /** For defaults that are lists or objects: each document gets its own. */
  readonly makeDefault: (() => unknown) | undefined;
}

/** What objects come to that give the same fields. Of tens of thousands of objects most give the same few: their defaults are copied in one
 * piece, and nobody asks each of them for every field that there could be. */
interface Shape {
  /** All fields that the settings have, in the schema's order, with their defaults. */
  readonly template: Readonly<Record<string, unknown>>;
  readonly given: readonly Field[];
  readonly made: readonly Field[];
}

/** Shapes that an object reader remembers: a client that thinks of more of them waits longer, and fills no memory. */
const mostShapes = 64;

/** Of so many fields a number says which are given. */
const mostFields = 53;

/** Objects have their fields in the schema's order, as they have when the schema makes them: some compare them as JSON. */
function objectReader(node: z.ZodObject, spelling: Spelling): Reader | undefined {
  if (!(node.def.catchall instanceof z.ZodNever)) return undefined;
  const fields = Object.entries<Node>(node.shape).map(([key, child]) => fieldOf(key, child, spelling));
  if (fields.length > mostFields) return undefined;
  const bits = new Map(fields.map((field, place) => [field.spelling, 2 ** place]));
  const shapes = new Map<number, Shape>();
  return (value) => {
    if (!isPlain(value)) return refused;
    let known = 0;
    for (const key in value) {
      const bit = bits.get(key);
      if (bit === undefined || value[key] === undefined) return refused;
      known += bit;
    }
    let shape = shapes.get(known);
    if (shape === undefined) {
      shape = shapeOf(fields, value);
      if (shape === undefined) return refused;
      if (shapes.size < mostShapes) shapes.set(known, shape);
    }
    return settingsIn(shape, value);
  };
}

function settingsIn({ template, given, made }: Shape, value: Readonly<Record<string, unknown>>): unknown {
  const settings: Record<string, unknown> = { ...template };
  for (let index = 0; index < given.length; index++) {
    const field = given[index] as Field;
    const read = field.read(value[field.spelling]);
    if (read === refused) return refused;
    settings[field.key] = read;
  }
  for (let index = 0; index < made.length; index++) {
    const field = made[index] as Field;
    settings[field.key] = field.makeDefault?.();
  }
  return settings;
}

/** Undefined: a field is missing. */
function shapeOf(fields: readonly Field[], value: object): Shape | undefined {
  const template: Record<string, unknown> = {};
  const given: Field[] = [];
  const made: Field[] = [];
  for (const field of fields) {
    if (field.spelling in value) given.push(field);
    else if (field.required) return undefined;
    else if (field.makeDefault !== undefined) made.push(field);
    else if (field.byDefault === undefined) continue;
    template[field.key] = field.byDefault;
  }
  return { template, given, made };
}

function fieldOf(key: string, node: Node, spelling: Spelling): Field {
  const make = defaultMaker(node);
  const byDefault = make?.();
  return {
    key,
    spelling: spelling(key),
    read: readerOf(node, spelling),
    required: node._zod.optin === undefined,
    byDefault,
    makeDefault: typeof byDefault === "object" ? make : undefined,
  };
}

function defaultMaker(node: Node): (() => unknown) | undefined {
  if (node instanceof z.ZodDefault) return () => node.def.defaultValue;
  if (node instanceof z.ZodPrefault) {
    const read = readerOf(node, (key) => key);
    return () => read(node.def.defaultValue);
  }
  return node._zod.optin === "defaulted" ? () => z.core.parse(node, undefined) : undefined;
}

/** Objects of classes and the like are left to the schema to judge. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

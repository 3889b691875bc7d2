// Questions about the schema itself: which fields an object has, what lies at a path, what is secret, what a field's default is.
// For diagnostics, rendering and redaction, so that none of them repeats a name or a default.

import * as z from "zod";
import type { Path } from "../issue.ts";

/** A schema node of any kind. */
export type Node = z.core.$ZodType;

/** The node without its default, its being optional, and its short form in documents. */
export function bareNode(node: Node): Node {
  if (node instanceof z.ZodDefault || node instanceof z.ZodPrefault || node instanceof z.ZodOptional)
    return bareNode(node.unwrap());
  return node instanceof z.ZodCodec && node.def.out instanceof z.ZodObject ? node.def.out : node;
}

/** The fields of an object node; undefined for every other node. */
export function fieldsOf(node: Node): Readonly<Record<string, Node>> | undefined {
  const bare = bareNode(node);
  return bare instanceof z.ZodObject ? bare.shape : undefined;
}

/** The node of the elements of a list node; undefined for every other node. */
export function elementOf(node: Node): Node | undefined {
  const bare = bareNode(node);
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

/** What the schema has at a path; undefined when it has nothing there. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === "number" ? elementOf(node) : fieldsOf(node)?.[step];
  }
  return node;
}

/** Whether the values of a field must never be shown (`.meta({ secret: true })`). */
export function isSecret(node: Node): boolean {
  if (z.globalRegistry.get(node)?.secret === true) return true;
  return node instanceof z.ZodOptional || node instanceof z.ZodDefault ? isSecret(node.unwrap()) : false;
}

/** What the schema says about a field in words. */
export function descriptionOf(node: Node): string | undefined {
  return z.globalRegistry.get(node)?.description;
}

/** The value of a field that is not given; undefined when it has no default. */
export function defaultOf(node: Node): unknown {
  if (node instanceof z.ZodDefault) return node.def.defaultValue;
  return node instanceof z.ZodPrefault ? node.parse(undefined) : undefined;
}

/** The limits of a number node. */
export function numberLimits(node: Node): { readonly min: number; readonly max: number } | undefined {
  const bare = bareNode(node);
  if (!(bare instanceof z.ZodNumber) || bare.minValue === null || bare.maxValue === null) return undefined;
  return { min: bare.minValue, max: bare.maxValue };
}

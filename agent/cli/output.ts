// What commands print: tables without borders for people, and for programs the API's own messages as JSON or YAML, in protobuf's JSON
// mapping with the names of the .proto files, so that it is what grpcurl shows.

import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import Table from "cli-table3";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import descriptorPath from "../control/gen/api.binpb" with { type: "file" };
import type { Io } from "./io.ts";

/** The forms in which a command answers. */
export const outputFormats = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Gives a command the option that says in which form it answers. */
export function addOutputOption(command: Command): Command {
  const option = new Option("-o, --output <format>", "how to answer").choices(outputFormats).default("table");
  return command.addOption(option);
}

/** A message of the API and its codec. */
export interface Message<T> {
  /** "vipward.v1.GetStateResponse" */
  readonly type: string;
  readonly codec: { encode(message: T): { finish(): Uint8Array } };
  readonly value: T;
}

/** Prints a message for programs. */
export function printMessage<T>(io: Io, format: Exclude<OutputFormat, "table">, message: Message<T>): void {
  printPlain(io, format, plainMessage(message));
}

/** Prints a plain value for programs. */
export function printPlain(io: Io, format: Exclude<OutputFormat, "table">, value: unknown): void {
  io.out(format === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value, { lineWidth: 0 }));
}

/** A message as protobuf's JSON mapping has it; fields with their zero value are there, so that programs need not know of them. */
export function plainMessage<T>({ type, codec, value }: Message<T>): unknown {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorPath)));
  const schema = registry.getMessage(type);
  if (schema === undefined) throw new Error(`${type} is not among the descriptors`);
  const bytes = codec.encode(value).finish();
  return toJson(schema, fromBinary(schema, bytes), { registry, useProtoFieldName: true, alwaysEmitImplicit: true });
}

/** A table without borders: columns are as wide as their widest cell, two blanks apart. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = new Table({ chars: noBorders, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  lines.push(...[head, ...rows].map((row) => [...row]));
  return trimLines(lines.toString());
}

/** The same as one text a row, with the head first, fitted to the terminal: where the last column is too long it goes on in the next line, or,
 * where there is no room beside the others, stands on a line of its own. */
export function fittedRows(head: readonly string[], rows: readonly (readonly string[])[], width?: number): string[] {
  const whole = table(head, rows).trimEnd().split("\n");
  if (width === undefined || whole.every((line) => Bun.stringWidth(line) <= width)) return whole;
  const others = table(
    head.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  )
    .trimEnd()
    .split("\n");
  const used = Math.max(...others.map((line) => Bun.stringWidth(line))) + columnGap;
  const lasts = [head, ...rows].map((row) => row.at(-1) ?? "");
  const room = width - used;
  return others.map((line, index) => {
    // What stands on a line of its own needs no head.
    if (room < leastRoom && index === 0) return line;
    const last = lasts[index] ?? "";
    if (room < leastRoom)
      return [line, ...wrapped(last, width - ownLineIndent).map(indented(ownLineIndent))].join("\n");
    const [first = "", ...rest] = wrapped(last, room);
    const begun = `${line}${" ".repeat(used - Bun.stringWidth(line))}${first}`.trimEnd();
    return [begun, ...rest.map(indented(used))].join("\n");
  });
}

/** Blanks between columns, before a last column on its own line, and the least that is worth a column. */
const [columnGap, ownLineIndent, leastRoom] = [2, 6, 24];

function indented(blanks: number): (text: string) => string {
  return (text) => `${" ".repeat(blanks)}${text}`;
}

/** A text in lines of at most so many characters, broken between words; a longer word stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && Bun.stringWidth(line) + 1 + Bun.stringWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Colours for verdicts, where there are colours. */
export function paint(io: Io, color: keyof typeof colors, text: string): string {
  return io.color ? `${colors[color]}${text}\x1b[0m` : text;
}

const colors = { good: "\x1b[32m", bad: "\x1b[31m", dim: "\x1b[2m", bold: "\x1b[1m" } as const;

const noBorders = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((name) => [name, ""]),
);
Object.assign(noBorders, { middle: "  " });

function trimLines(text: string): string {
  return `${text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}

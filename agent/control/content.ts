// The content of a configuration as one text: the same settings give the same text and the same hash, however they were written.

import { CryptoHasher } from "bun";
import { type LoadResult, loadText } from "../config/load.ts";
import { renderDocument, renderValue } from "../config/render.ts";
import type { Settings, VirtualServerSettings } from "../config/schema/settings.ts";
import { virtualServerSchema } from "../config/schema/virtual-server.ts";
import type { PlannedOperations } from "../supervisor/planned-operations.ts";
import type { ApplyRequest } from "./words/request.ts";

/** The content of settings: a document that reads back to the same settings. Rendering is canonical: equal settings give the same bytes. It
 * is made when it is first asked for, since a change should reach the kernel before it is written down. */
export class Content {
  readonly #settings: Settings;
  #document: string | undefined;
  #hash: string | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The canonical document as JSON, with its secrets. */
  get document(): string {
    this.#document ??= documentOf(this.#settings);
    return this.#document;
  }

  /** The SHA-256 of the document in hex. */
  get hash(): string {
    this.#hash ??= sha256(this.document);
    return this.#hash;
  }
}

/** What each virtual server is written as. Of a push of some the others are the objects that they were. */
const written = new WeakMap<VirtualServerSettings, string>();

/** The same bytes as of the whole rendered at once: virtual servers are the last field of the schema, and the list is left out where it is empty. */
function documentOf(settings: Settings): string {
  const { virtualServers } = settings;
  const others = JSON.stringify(renderDocument({ ...settings, virtualServers: [] }));
  if (virtualServers.length === 0) return others;
  const begin = others === "{}" ? "{" : `${others.slice(0, -1)},`;
  return `${begin}"virtual_servers":[${virtualServers.map(textOf).join(",")}]}`;
}

function textOf(server: VirtualServerSettings): string {
  const known = written.get(server);
  if (known !== undefined) return known;
  const text = JSON.stringify(renderValue(virtualServerSchema, server));
  written.set(server, text);
  return text;
}

/** Reads a content's document. Errors mean that this build refuses what the one that wrote it had accepted. */
export function readContent(document: string): LoadResult {
  return loadText(document, { file: "the stored configuration", format: "json" });
}

/** JSON with sorted keys and without undefined fields. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const present = Object.keys(fields).filter((key) => fields[key] !== undefined);
  return `{${present
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(fields[key])}`)
    .join(",")}}`;
}

/** The SHA-256 of a text in hex. */
export function sha256(text: string): string {
  return new CryptoHasher("sha256").update(text).digest("hex");
}

/** What a plan is recognised by: the revision it starts from, the content it leads to, and what the kernel is asked on the way. */
export function planHash(base: number | undefined, { hash }: Content, { digest }: PlannedOperations): string {
  return sha256(JSON.stringify([base ?? 0, hash, digest]));
}

/** What must be the same for a repeated request id; the document as it was given, before passwords are filled in. */
export function fingerprintOf({ document, expectedRevision, planHash, validateOnly, ...wish }: ApplyRequest): string {
  const { confirmation, gate, guards, merge, preparedToken, drainRemoved } = wish;
  if (preparedToken !== undefined) return sha256(canonicalJson({ preparedToken }));
  const conditions = { expectedRevision, planHash, validateOnly, confirmation, gate, guards, merge, drainRemoved };
  return sha256(canonicalJson({ document, ...conditions }));
}

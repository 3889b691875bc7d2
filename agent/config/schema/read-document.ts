import { snakeCase } from "../issue.ts";
import { type Reader, readerOf, refused } from "./reader.ts";
import { type Settings, settingsSchema } from "./settings.ts";

let camelReader: Reader | undefined;
let snakeReader: Reader | undefined;

/** The settings of a document with camelCase keys; undefined when something may be wrong with it, which the schema can say. */
export function readDocument(document: unknown): Settings | undefined {
  camelReader ??= readerOf(settingsSchema, (key) => key);
  return read(camelReader, document);
}

/** The same of a document with snake_case keys, as in YAML and JSON. */
export function readSnakeDocument(document: unknown): Settings | undefined {
  snakeReader ??= readerOf(settingsSchema, snakeCase);
  return read(snakeReader, document);
}

function read(reader: Reader, document: unknown): Settings | undefined {
  const settings = reader(document);
  return settings === refused ? undefined : (settings as Settings);
}

import { type Settings, settingsSchema } from "./schema/settings.ts";
import { elementOf, fieldsOf, isSecret, type Node } from "./schema/tree.ts";

/** What stands where a secret was. It is longer than any password may be, so that redacted settings cannot be applied by mistake. */
export const redactedMark = "(not shown)";

/** The settings with every secret replaced by the mark. */
export function redactSettings(settings: Settings): Settings {
  return redactValue(settingsSchema, settings) as Settings;
}

/** One value of a schema node with every secret in it replaced. */
export function redactValue(node: Node, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (isSecret(node)) return redactedMark;
  const fields = fieldsOf(node);
  if (fields !== undefined) return redactFields(fields, value as Record<string, unknown>);
  const element = elementOf(node);
  return element === undefined ? value : (value as readonly unknown[]).map((item) => redactValue(element, item));
}

function redactFields(fields: Readonly<Record<string, Node>>, value: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const node = fields[key];
      return [key, node === undefined ? field : redactValue(node, field)];
    }),
  );
}

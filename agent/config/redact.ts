import { type Settings, settingsSchema } from "./schema/settings.ts";
import { elementOf, fieldsOf, isSecret, type Node } from "./schema/tree.ts";

/** What stands where a secret was. It is longer than any password may be, so that redacted settings cannot be applied by mistake. */
export const redactedMark = "(not shown)";

/** The settings with every secret replaced by the mark. */
export function redactSettings(settings: Settings): Settings {
  return redactValue(settingsSchema, settings) as Settings;
}

/** One value of a schema node with every secret in it replaced; the value itself where nothing in it can be secret. */
export function redactValue(node: Node, value: unknown): unknown {
  if (value === undefined) return undefined;
  const redact = redactorOf(node);
  return redact === undefined ? value : redact(value);
}

type Redactor = (value: unknown) => unknown;

const redactors = new WeakMap<Node, { readonly redact: Redactor | undefined }>();

/** The redactor of a node; undefined: it has no secrets. It is made once: asking the schema anew for every value takes longer than redacting it. */
function redactorOf(node: Node): Redactor | undefined {
  const known = redactors.get(node);
  if (known !== undefined) return known.redact;
  const redact = makeRedactor(node);
  redactors.set(node, { redact });
  return redact;
}

function makeRedactor(node: Node): Redactor | undefined {
  if (isSecret(node)) return () => redactedMark;
  const fields = fieldsOf(node);
  if (fields !== undefined) return fieldsRedactor(fields);
  const element = elementOf(node);
  const redact = element && redactorOf(element);
  return redact && ((items) => (items as readonly unknown[]).map(redact));
}

function fieldsRedactor(fields: Readonly<Record<string, Node>>): Redactor | undefined {
  const secret = Object.entries(fields).flatMap(([key, node]) => {
    const redact = redactorOf(node);
    return redact === undefined ? [] : [[key, redact] as const];
  });
  if (secret.length === 0) return undefined;
  return (value) => {
    const redacted: Record<string, unknown> = { ...(value as Readonly<Record<string, unknown>>) };
    for (const [key, redact] of secret) if (redacted[key] !== undefined) redacted[key] = redact(redacted[key]);
    return redacted;
  };
}

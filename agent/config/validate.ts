// One document, checked: the schema first, then the rules across objects, everything that is wrong at once.

import { findingsOf } from "./finding.ts";
import { type Finding, hasErrors, type Issue, issueOf } from "./issue.ts";
import type { Model } from "./model.ts";
import { resolveSettings } from "./resolve.ts";
import { entriesOf, partialEntries } from "./rules/entries.ts";
import { breaches } from "./rules/rules.ts";
import { readDocument } from "./schema/read-document.ts";
import { type Settings, settingsSchema } from "./schema/settings.ts";

/** What a document comes to: settings and model unless one of the issues is an error. */
export interface Validated {
  readonly settings?: Settings;
  readonly model?: Model;
  readonly issues: readonly Issue[];
}

/** The same before it is known where in a text the findings lie. */
export interface Checked extends Omit<Validated, "issues"> {
  readonly findings: readonly Finding[];
}

/** Checks a document whose keys are in camelCase, such as a converted gRPC message, and resolves it unless nobody wants the model. */
export function validateSettings(input: unknown, resolves = true): Validated {
  const { findings, ...result } = checkDocument(input, resolves);
  return { ...result, issues: findings.map((finding) => issueOf(finding)) };
}

/** The same for callers that know where in a text each path of the document stands. */
export function checkDocument(input: unknown, resolves = true): Checked {
  const settings = readDocument(input);
  if (settings !== undefined) return checkSettings(settings, resolves);
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    // What is well formed in itself is still held against the rules, so that one misspelling does not hide ten other mistakes.
    const malformed = parsed.error.issues.flatMap((issue) => findingsOf(issue, input));
    return { findings: [...malformed, ...breaches(partialEntries(input))] };
  }
  return checkSettings(parsed.data, resolves);
}

/** Settings, held against the rules and resolved, unless nobody wants the model. */
export function checkSettings(settings: Settings, resolves = true): Checked {
  const findings = breaches(entriesOf(settings));
  if (hasErrors(findings)) return { findings };
  return resolves ? { settings, model: resolveSettings(settings), findings } : { settings, findings };
}

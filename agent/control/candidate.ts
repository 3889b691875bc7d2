// A configuration that may become the running one: a document checked as a whole, in all the forms in which it is needed.

import { sharingServers } from "../config/changed-servers.ts";
import { hasErrors, type Issue } from "../config/issue.ts";
import type { Model } from "../config/model.ts";
import type { Settings } from "../config/schema/settings.ts";
import { type Validated, validateSettings } from "../config/validate.ts";
import { Content } from "./content.ts";
import { keepPasswords } from "./kept-passwords.ts";
import { mergeDocuments, mergeServers } from "./merge.ts";
import { Refused } from "./refused.ts";
import type { ApplyRequest, DocumentWish } from "./words/request.ts";
import type { Revision } from "./words/revision.ts";

/** A configuration in all its forms. */
export interface Configuration {
  readonly settings: Settings;
  readonly model: Model;
  readonly content: Content;
  /** What the rules remark of it; undefined: that is not known. */
  readonly remarks?: readonly Issue[];
}

/** The configuration that runs. */
export interface Running extends Configuration {
  readonly revision: Revision;
}

/** A configuration that was found right, and what is remarked about it. */
export interface Candidate extends Configuration {
  readonly warnings: readonly Issue[];
}

/** Checks a document; passwords that it leaves out are those of what runs. `resolves`: false where nobody wants the model. */
export function checkDocument(
  { document, merge }: DocumentWish,
  running: Running | undefined,
  resolves = true,
): Validated {
  const settings = running?.settings;
  if (merge === undefined) return validateSettings(keepPasswords(document, settings), resolves);
  const merged = running?.remarks && mergeServers({ ...running, remarks: running.remarks }, document, merge);
  if (merged !== undefined) return merged;
  const whole = mergeDocuments(settings ?? emptyConfiguration().settings, document, merge);
  return validateSettings(keepPasswords(whole, settings), resolves);
}

/** The candidate that a request asks for. What its caller has checked already is not checked again. Throws Refused with every problem. */
export function candidateOf(
  { validated, ...wish }: Pick<ApplyRequest, "document" | "merge" | "validated">,
  running: Running | undefined,
): Candidate {
  const { settings, model, issues } = validated ?? checkDocument(wish, running);
  if (settings === undefined || model === undefined || hasErrors(issues))
    throw new Refused({ kind: "invalid-configuration", issues });
  const found = { settings, model };
  const shared = running === undefined ? found : sharingServers(found, running);
  return { ...shared, content: new Content(shared.settings), remarks: issues, warnings: issues };
}

/** What runs where nothing was ever applied. */
export function emptyConfiguration(): Configuration {
  const { settings, model } = validateSettings({});
  if (settings === undefined || model === undefined) throw new Error("the schema refuses the empty document");
  return { settings, model, content: new Content(settings) };
}

// The access file (`vipward run --access FILE`): the agent's own rules about who may do what. It is read at start and again on SIGHUP; one
// that is wrong is refused as a whole, and the rules before it go on.

import { readFileSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { type Access, type AccessRule, type Role, roles } from "./policy.ts";

/** The rules of a file, or everything that is wrong with it. */
export function readAccessFile(path: string): Result<Access, readonly string[]> {
  try {
    // The library takes long to load, and an agent without such a file never needs it.
    const { parse } = require("yaml") as typeof import("yaml");
    return accessRules(parse(readFileSync(path, "utf8")));
  } catch (thrown) {
    return fail([messageOf(thrown)]);
  }
}

/** The rules in a document. */
export function accessRules(document: unknown): Result<Access, readonly string[]> {
  if (!isFields(document) || !Array.isArray(document.rules))
    return fail(["rules: is missing, expected a list of rules"]);
  const problems: string[] = [...unknownFields(document, ["rules", "revoked", "files"], "")];
  const rules = document.rules.map((rule: unknown, index) => ruleOf(rule, `rules[${index}]`, problems));
  const revoked = document.revoked === undefined ? [] : texts(document.revoked, "revoked", problems);
  const files = document.files === undefined ? undefined : texts(document.files, "files", problems);
  for (const directory of files ?? [])
    if (!directory.startsWith("/")) problems.push(`files: ${JSON.stringify(directory)} is no absolute path`);
  return problems.length > 0 ? fail(problems) : ok({ rules, revoked, ...(files !== undefined && { files }) });
}

function ruleOf(rule: unknown, place: string, problems: string[]): AccessRule {
  if (!isFields(rule)) {
    problems.push(`${place}: expected roles and identities`);
    return { roles: [], identities: [] };
  }
  problems.push(...unknownFields(rule, ["roles", "identities", "virtual_servers"], `${place}.`));
  const named = texts(rule.roles, `${place}.roles`, problems);
  for (const name of named)
    if (!roles.includes(name as Role))
      problems.push(`${place}.roles: ${JSON.stringify(name)} is none of ${roles.join(", ")}`);
  const identities = texts(rule.identities, `${place}.identities`, problems);
  for (const identity of identities)
    if (!isIdentity(identity)) problems.push(`${place}.identities: ${identityProblem(identity)}`);
  const scope = rule.virtual_servers;
  const virtualServers = scope === undefined ? undefined : texts(scope, `${place}.virtual_servers`, problems);
  if (scope !== undefined && named.includes("admin"))
    problems.push(`${place}.virtual_servers: an admin may do everything, expected config-writer or operator`);
  return { roles: named as Role[], identities, ...(virtualServers !== undefined && { virtualServers }) };
}

function texts(value: unknown, place: string, problems: string[]): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")) return value;
  problems.push(`${place}: expected a list of texts`);
  return [];
}

function isIdentity(text: string): boolean {
  return /^(unix-user|unix-group|dns):[^*]*\*?$/.test(text) || /^[a-z][a-z0-9+.-]*:\/\/[^*]*\*?$/i.test(text);
}

function identityProblem(text: string): string {
  return `${JSON.stringify(text)} is not one, expected spiffe://…, dns:NAME, unix-user:NAME or unix-group:NAME, with * only at the end`;
}

function unknownFields(fields: object, known: readonly string[], place: string): readonly string[] {
  return Object.keys(fields)
    .filter((key) => !known.includes(key))
    .map((key) => `${place}${key}: is not known here, expected ${known.join(", ")}`);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

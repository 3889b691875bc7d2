// A problem in a configuration, wherever it came from: what is wrong, where, and what would be right.

/** Whether the configuration is refused, or accepted with a remark. */
export type Severity = "error" | "warning";

/** What kind of problem it is, for programs: one word that stays the same while sentences get better. */
export type IssueCode =
  /** The text is not well formed, or what it includes or refers to is not there. */
  | "syntax"
  /** There is nothing in it. */
  | "empty-file"
  /** A field or keyword that nobody knows. */
  | "unknown-field"
  | "unknown-keyword"
  | "missing-space"
  | "missing-field"
  /** A value, or what stands in a line, is not allowed there. */
  | "invalid-value"
  | "invalid-line"
  /** Things that do not go together, and what is allowed and probably not meant. */
  | "contradiction"
  | "doubtful"
  /** A keyword of keepalived that has no meaning here; for which there is something else; that a later release will have. */
  | "keyword-without-meaning"
  | "keyword-refused"
  | "keyword-later"
  /** A line of keepalived.conf that is read otherwise than it seems, as keepalived does. */
  | "read-otherwise"
  /** What this machine lacks: an interface, a secret, the permission to run programs. */
  | "no-such-interface"
  | "no-secret"
  | "programs-not-run";

/** A place in a text; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What the line was made into, where it is not read as it is written. */
  readonly expansion?: Expansion;
}

/** A line that definitions and ranges were put into. It may contain a secret where the line as written does. */
export interface Expansion {
  readonly text: string;
  readonly column: number;
  /** Where the definition that the line is part of was used. */
  readonly usedAt?: Place;
}

/** The way from the top of a document to a value, in the schema's own (camelCase) names. */
export type Path = readonly (string | number)[];

/** A problem as people and programs get it. It never contains a secret. */
export interface Issue {
  readonly severity: Severity;
  readonly code?: IssueCode;
  /** The field in snake_case: `virtual_servers[3].real_servers[0].port`; left out when it is about the whole text. */
  readonly path?: string;
  readonly place?: Place;
  /** What is wrong, with the offending value. */
  readonly message: string;
  /** What would be right. */
  readonly expected?: string;
  /** The word that was probably meant. */
  readonly suggestion?: string;
  /** What keepalived 2.2.7 does here, where that is known: "ignores the line and goes on". */
  readonly keepalived?: string;
  /** The value at this place is a secret: nobody may print the line it stands in. */
  readonly secret?: true;
}

/** A problem found in a document, before it is known where in which text the document came from. */
export interface Finding extends Omit<Issue, "path" | "place"> {
  readonly path: Path;
  /** It is about the field's name, not about its value. */
  readonly at?: "key";
}

/** The finding as an issue of the text it came from. */
export function issueOf(finding: Finding, place?: Place): Issue {
  const { path, at: _, ...rest } = finding;
  return { ...rest, ...(path.length > 0 && { path: pathText(path) }), ...(place !== undefined && { place }) };
}

/** Whether any of them refuses the configuration. */
export function hasErrors(issues: readonly { readonly severity: Severity }[]): boolean {
  return issues.some((issue) => issue.severity === "error");
}

/** The path as people write it in YAML: `virtual_servers[3].port`. */
export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${snakeCase(step)}`))
    .join("")
    .replace(/^\./, "");
}

/** "realServers" as it is written in files: "real_servers". */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** "real_servers" as the schema has it: "realServers". Undefined when it is not written in snake_case. */
export function camelCase(key: string): string | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(key)) return undefined;
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

// The document in the making: what directives write into, which word of the text each value came from, and what was wrong on the way.

import type { Issue, IssueCode, Path, Place, Severity } from "../issue.ts";
import type { PlaceAt } from "../places.ts";

import type { Word } from "./parser.ts";
import type { TableNamed } from "./routing-tables.ts";

/** An object of the document: the schema's camelCase keys, values as they would stand in YAML. */
export type Draft = Record<string, unknown>;

/** What one import collects. */
export interface Import {
  readonly placeAt: PlaceAt;
  readonly document: Draft;
  /** Defaults for instances from global_defs; they count wherever the block stands. */
  readonly instanceDefaults: Draft;
  /** The same for virtual servers. */
  readonly serverDefaults: { mail?: boolean; logAllFailures?: boolean };
  readonly issues: Issue[];
  /** For each object of the document, the words that its fields came from; "" is the object's own. Undefined: they are not noted. */
  readonly origins: Map<object, Record<string, Word>> | undefined;
  /** What SSL says for all checks over TLS. */
  readonly clientTls: Draft;
  /** What virtual_server_group blocks say, by name, and the virtual servers that name one. */
  readonly serverGroups: Map<string, ServerGroup>;
  readonly groupedServers: GroupedServer[];
  /** The mark of the next group that is served by one mark (nftables_ipvs); undefined: each address is a service. */
  nextGroupMark: number | undefined;
  /** The interface of static addresses that name none; undefined where the file names none. */
  defaultInterface: string | undefined;
  /** The routing tables that have a name on this machine. */
  readonly tableNamed: TableNamed;
  /** Of the BFD sessions that say who is told of them, who that is. */
  readonly sessionsFor: Map<string, Set<"vrrp" | "checker">>;
  /** How many rules have no priority so far. */
  rulesWithoutPriority: number;
  /** A word was asked for that was not noted: the file must be read again, with origins. */
  needsOrigins: boolean;
}

/** An import that has read nothing yet. Of a file without mistakes nobody asks where its words stand. */
export function startImport(placeAt: PlaceAt, noting: boolean, tableNamed: TableNamed = () => undefined): Import {
  const origins = noting ? new Map() : undefined;
  return {
    placeAt,
    document: {},
    instanceDefaults: {},
    serverDefaults: {},
    clientTls: {},
    issues: [],
    origins,
    needsOrigins: false,
    serverGroups: new Map(),
    groupedServers: [],
    sessionsFor: new Map(),
    nextGroupMark: undefined,
    defaultInterface: undefined,
    rulesWithoutPriority: 0,
    tableNamed,
  };
}

/** Writes a field. keepalived lets the last of several count; so do we, and say it. */
export function setField(run: Import, draft: Draft, key: string, value: unknown, word: Word): void {
  if (draft[key] !== undefined)
    complain(run, "warning", word, `${word.text} is given more than once: the last one counts`);
  draft[key] = value;
  remember(run, draft, key, word);
}

/** Adds an element to a list. */
export function addElement(run: Import, draft: Draft, key: string, element: unknown, word: Word): void {
  const list = draft[key];
  if (Array.isArray(list)) list.push(element);
  else {
    draft[key] = [element];
    remember(run, draft, key, word);
  }
  if (typeof element === "object" && element !== null) remember(run, element, "", word);
}

/** Notes which word a field came from. */
export function remember({ origins }: Import, draft: object, key: string, word: Word): void {
  if (origins === undefined) return;
  const fields = origins.get(draft);
  if (fields === undefined) origins.set(draft, { [key]: word });
  else fields[key] = word;
}

/** The word that a field came from; undefined when no word says it. */
export function originOf(run: Import, draft: object, key: string | number): Word | undefined {
  if (run.origins === undefined) run.needsOrigins = true;
  return run.origins?.get(draft)?.[key];
}

/** Reports a problem at a word. */
export function complain(
  run: Import,
  severity: Severity,
  word: Word,
  message: string,
  more: {
    readonly expected?: string;
    readonly suggestion?: string;
    readonly keepalived?: string;
    readonly secret?: true;
    readonly code?: IssueCode;
  } = {},
): void {
  const code = severity === "error" ? "invalid-line" : "read-otherwise";
  run.issues.push({ severity, code, place: run.placeAt(word.at), message, ...more });
}

/** The place of a path of the document: that of its word, or of the nearest object around it. */
export function locate(run: Import, path: Path): Place | undefined {
  let value: unknown = run.document;
  let word: Word | undefined;
  for (const step of path) {
    if (typeof value !== "object" || value === null) break;
    word = originOf(run, value, step) ?? word;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
    if (typeof value === "object" && value !== null) word = originOf(run, value, "") ?? word;
  }
  return word && run.placeAt(word.at);
}

/** A group as it was read: its lines are the services of each virtual server that names it. */
export interface ServerGroup {
  readonly word: Word;
  readonly services: readonly { readonly word: Word; readonly service: Draft }[];
  isUsed: boolean;
}

/** A virtual server that names a group. */
export interface GroupedServer {
  readonly server: Draft;
  readonly group: Word;
}

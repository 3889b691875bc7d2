// Merging by name: a document that says only what changes, laid over the running configuration. Things that have a name are replaced as a
// whole or added; what is not mentioned stays; what should go is named.

import { parseAddress } from "../base/address.ts";
import { type KnownConfiguration, withChangedServers } from "../config/changed-servers.ts";
import { camelCase } from "../config/issue.ts";
import { renderDocument } from "../config/render.ts";
import { serviceIdentity, serviceKeyOf, serviceName } from "../config/resolve-service.ts";
import { readDocument } from "../config/schema/read-document.ts";
import type { Settings, VirtualServerSettings } from "../config/schema/settings.ts";
import { virtualServerSchema } from "../config/schema/virtual-server.ts";
import type { Validated } from "../config/validate.ts";
import { serviceKeyText } from "../kernel/ipvs.ts";
import { Refused } from "./refused.ts";
import type { Removals } from "./words/request.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The lists whose elements have a name, and how an element is known by it. */
const identities: Readonly<Record<string, (element: Fields) => string>> = {
  vrrpInstances: nameOf,
  vrrpSyncGroups: nameOf,
  trackedScripts: nameOf,
  trackedProcesses: nameOf,
  trackedFiles: nameOf,
  bfdSessions: nameOf,
  interfaceDelays: (element) => String(element.interface),
  virtualServers: identityOfServer,
};

/** What a document comes to that says a few virtual servers, at their price; undefined where the whole has to be merged and checked. */
export function mergeServers(running: KnownConfiguration, partial: unknown, removals: Removals): Validated | undefined {
  if (!isFields(partial) || Object.keys(partial).some((key) => key !== "virtualServers")) return undefined;
  if (Object.values(removals).some((names) => names.length > 0)) return undefined;
  const read = readDocument({ virtualServers: partial.virtualServers });
  return read && withChangedServers(running, read.virtualServers);
}

/** The whole document that a partial one comes to. Throws Refused when something should be removed that is not there. */
export function mergeDocuments(running: Settings, partial: unknown, removals: Removals): unknown {
  const base = withoutRemoved(camelFields(renderDocument(running)) as Fields, running, removals);
  if (!isFields(partial)) return partial;
  const merged = Object.entries(partial).map(([field, value]) => [field, mergedValue(field, base[field], value)]);
  return { ...base, ...Object.fromEntries(merged) };
}

function mergedValue(field: string, before: unknown, value: unknown): unknown {
  const identify = identities[field];
  if (identify === undefined || !isList(value)) return value;
  const elements = new Map((isList(before) ? before : []).map((element) => [identify(element), element]));
  for (const element of value) elements.set(identify(element), element);
  return [...elements.values()];
}

function withoutRemoved(base: Fields, running: Settings, removals: Removals): Fields {
  const removed = {
    vrrpInstances: kept(
      running.vrrpInstances.map(({ name }) => [name]),
      "vrrp_instances",
      removals.vrrpInstances,
    ),
    vrrpSyncGroups: kept(
      running.vrrpSyncGroups.map(({ name }) => [name]),
      "vrrp_sync_groups",
      removals.vrrpSyncGroups,
    ),
    virtualServers: kept(running.virtualServers.map(serverNames), "virtual_servers", removals.virtualServers),
  };
  const lists = Object.entries(removed).map(([field, stays]) => {
    const list = base[field];
    return [field, Array.isArray(list) ? list.filter((_, index) => stays[index]) : list];
  });
  return { ...base, ...Object.fromEntries(lists.filter(([, list]) => list !== undefined)) };
}

/** Whether each thing stays, given the names that it goes by. */
function kept(things: readonly (readonly string[])[], field: string, removed: readonly string[]): readonly boolean[] {
  const known = new Set(things.flat());
  for (const [index, name] of removed.entries())
    if (!known.has(name)) throw new Refused(notThere(`removals.${field}[${index}]`, name));
  const gone = new Set(removed);
  return things.map((names) => !names.some((name) => gone.has(name)));
}

function notThere(field: string, name: string) {
  const message = `${JSON.stringify(name)} is not in the running configuration`;
  return { kind: "invalid-argument", field, message } as const;
}

/** The names that a virtual server goes by. */
export function serverNames(server: VirtualServerSettings): readonly string[] {
  const key = serviceKeyOf(server);
  return [serviceName(server), ...(key === undefined ? [] : [serviceKeyText(key)])];
}

function nameOf(element: Fields): string {
  return String(element.name);
}

/** By which key it is served, as everywhere. Of one that is not well formed it does not matter: it will be refused. */
function identityOfServer(element: Fields): string {
  const { address, port, protocol } = element;
  if (typeof address === "string") return `${protocol} ${parseAddress(address) ?? address} ${port}`;
  const { success, data } = virtualServerSchema.safeParse(element);
  return success ? serviceIdentity(data) : JSON.stringify(element);
}

/** The same with the keys of the schema. */
function camelFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelFields);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [camelCase(key) ?? key, camelFields(field)]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every(isFields);
}

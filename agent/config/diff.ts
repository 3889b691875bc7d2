// What differs between two settings, in the words of documents. Elements of lists are matched by what they are (name, service key, endpoint),
// not by where they stand: their order means nothing.

import { formatEndpoint, formatInterfaceAddress } from "../base/address.ts";
import { snakeCase } from "./issue.ts";
import { redactedMark, redactValue } from "./redact.ts";
import { renderValue, sameValue } from "./render.ts";
import { configuredPort, serviceIdentity } from "./resolve-service.ts";
import { checkerKinds } from "./schema/checker.ts";
import {
  type CheckerSettings,
  type RealServerSettings,
  type Settings,
  settingsSchema,
  type VirtualServerSettings,
  type VrrpInstanceSettings,
} from "./schema/settings.ts";
import { elementOf, fieldsOf, isSecret, type Node } from "./schema/tree.ts";
import type { VirtualAddressSettings } from "./schema/virtual-address.ts";

/** One difference. Values are as in documents; secrets are masked. */
export interface Difference {
  readonly kind: "added" | "removed" | "changed";
  /** `virtual_servers[tcp 10.9.0.100:80].real_servers[10.9.0.11:80].weight` */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The differences from `before` to `after`, in the order of the schema's fields. */
export function diffSettings(before: Settings, after: Settings): Difference[] {
  return differingPlaces(before, after).map(differenceAt);
}

/** A place that differs, with what is there as settings have it. To write values as documents have them takes far longer than to find them. */
export interface DifferingPlace {
  readonly node: Node;
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Where `before` and `after` differ. */
export function differingPlaces(before: Settings, after: Settings): DifferingPlace[] {
  return differences({ node: settingsSchema, path: "", name: "" }, before, after, undefined);
}

/** The difference at a place. */
export function differenceAt({ node, path, before, after }: DifferingPlace): Difference {
  const shown = (value: unknown) => (isSecret(node) ? redactedMark : renderValue(node, redactValue(node, value)));
  if (before === undefined) return { kind: "added", path, after: shown(after) };
  if (after === undefined) return { kind: "removed", path, before: shown(before) };
  return { kind: "changed", path, before: shown(before), after: shown(after) };
}

/** Where we are: the schema node, the path as text, and the last field's name. */
interface Position {
  readonly node: Node;
  readonly path: string;
  readonly name: string;
}

function differences(position: Position, before: unknown, after: unknown, owner: unknown): DifferingPlace[] {
  if (sameValue(before, after)) return [];
  if (before === undefined || after === undefined || isSecret(position.node)) return [place(position, before, after)];
  const fields = fieldsOf(position.node);
  if (fields !== undefined) return fieldDifferences(position, fields, before as Fields, after as Fields);
  const element = elementOf(position.node);
  const identify = identities[position.name];
  if (element === undefined || identify === undefined) return [place(position, before, after)];
  const left = keyed(before as readonly unknown[], (item) => identify(item, owner));
  const right = keyed(after as readonly unknown[], (item) => identify(item, owner));
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences({ node: element, path: `${position.path}[${key}]`, name: "" }, left.get(key), right.get(key), owner),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function fieldDifferences(
  position: Position,
  fields: Readonly<Record<string, Node>>,
  before: Fields,
  after: Fields,
): DifferingPlace[] {
  return Object.entries(fields).flatMap(([key, node]) => {
    const path = position.path === "" ? snakeCase(key) : `${position.path}.${snakeCase(key)}`;
    return differences({ node, path, name: key }, before[key], after[key], after);
  });
}

function place({ node, path }: Position, before: unknown, after: unknown): DifferingPlace {
  return { node, path, before, after };
}

/** What an element of a list is known by, given the object that the list belongs to. Lists that are not here are compared as a whole. */
const identities: Readonly<Record<string, (item: unknown, owner: unknown) => string>> = {
  vrrpInstances: (item) => (item as VrrpInstanceSettings).name,
  trackedScripts: nameOf,
  trackedProcesses: nameOf,
  trackedFiles: nameOf,
  trackInterfaces: nameOf,
  trackScripts: nameOf,
  trackProcesses: nameOf,
  trackFiles: nameOf,
  trackBfdSessions: nameOf,
  bfdSessions: nameOf,
  vrrpSyncGroups: nameOf,
  trackGroups: nameOf,
  fifos: (item) => (item as Settings["notifications"]["fifos"][number]).path,
  interfaceDelays: (item) => (item as Settings["interfaceDelays"][number]).interface,
  virtualAddresses: (item) =>
    formatInterfaceAddress((item as VrrpInstanceSettings["virtualAddresses"][number]).address),
  excludedAddresses: (item) => formatInterfaceAddress((item as VirtualAddressSettings).address),
  staticAddresses: (item) => formatInterfaceAddress((item as VirtualAddressSettings).address),
  virtualServers: (item) => serviceIdentity(item as VirtualServerSettings),
  realServers: (item, owner) => {
    const realServer = item as RealServerSettings;
    return formatEndpoint(realServer.address, configuredPort(owner as VirtualServerSettings, realServer));
  },
  checkers: (item) => checkerKinds.find((kind) => (item as CheckerSettings)[kind] !== undefined) ?? "",
};

function nameOf(item: unknown): string {
  return (item as { readonly name: string }).name;
}

/** The items by their keys; equal keys are told apart by a number, so that nothing is lost. */
function keyed(items: readonly unknown[], keyOf: (item: unknown) => string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const item of items) {
    const key = keyOf(item);
    let free = key;
    for (let count = 2; found.has(free); count++) free = `${key} #${count}`;
    found.set(free, item);
  }
  return found;
}

// A configuration that differs from one that is known to be right in a few virtual servers. It is checked and resolved at the price of those few: the
// others are the same objects as before, and whoever gets both configurations sees at once that they have not changed.

import { serviceKeyText } from "../kernel/ipvs.ts";
import { type Issue, issueOf, pathText } from "./issue.ts";
import type { Model, VirtualServerModel } from "./model.ts";
import { sameValue } from "./render.ts";
import { resolveVirtualServer } from "./resolve.ts";
import { serviceIdentity, serviceKeysOf, serviceName } from "./resolve-service.ts";
import { isToldOf, toldServers } from "./resolve-told-servers.ts";
import { serverEntriesOf } from "./rules/entries.ts";
import { serverBreaches } from "./rules/rules.ts";
import type { Settings, VirtualServerSettings } from "./schema/settings.ts";
import type { Validated } from "./validate.ts";

/** A configuration that was found right, and everything that the rules remark of it. */
export interface KnownConfiguration {
  readonly settings: Settings;
  readonly model: Model;
  readonly remarks: readonly Issue[];
}

/** What becomes of the known configuration when these virtual servers take the place of those with the same identity, or come after the last one.
 * Undefined where that has to be looked at as a whole: something is wrong, or may concern other virtual servers. */
export function withChangedServers(
  known: KnownConfiguration,
  changed: readonly VirtualServerSettings[],
): Validated | undefined {
  const places = placesOf(known.settings.virtualServers, changed);
  if (places === undefined) return undefined;
  const { settings: before, model } = known;
  const findings = serverBreaches(serverEntriesOf(before, places));
  if (findings.some(({ severity }) => severity === "error")) return undefined;
  const settings = { ...before, virtualServers: replaced(before.virtualServers, places) };
  const resolved = Array.from(places, ([place, server]) => [place, resolveVirtualServer(server, settings)] as const);
  const virtualServers: VirtualServerModel[] = replaced(model.balancer.virtualServers, resolved);
  return {
    settings,
    model: { ...model, balancer: { ...model.balancer, virtualServers }, ...toldAs(model, before, settings, places) },
    issues: [...remarksOfOthers(known.remarks, places), ...findings.map((finding) => issueOf(finding))],
  };
}

/** The same configuration, in which virtual servers that are as in the known one are the objects that they are there, settings and model alike. */
export function sharingServers(
  { settings, model }: Pick<KnownConfiguration, "settings" | "model">,
  known: Pick<KnownConfiguration, "settings" | "model">,
): Pick<KnownConfiguration, "settings" | "model"> {
  const places = new Map(known.settings.virtualServers.map((server, place) => [serviceIdentity(server), place]));
  const isResolvedAlike = sameValue(contextOf(settings), contextOf(known.settings));
  const virtualServers = [...settings.virtualServers];
  const resolved = [...model.balancer.virtualServers];
  for (let index = 0; index < virtualServers.length; index++) {
    const server = virtualServers[index] as VirtualServerSettings;
    const place = places.get(serviceIdentity(server)) ?? -1;
    const former = known.settings.virtualServers[place];
    if (former === undefined || !sameValue(server, former)) continue;
    virtualServers[index] = former;
    const formerModel = known.model.balancer.virtualServers[place];
    if (isResolvedAlike && formerModel !== undefined) resolved[index] = formerModel;
  }
  return {
    settings: { ...settings, virtualServers },
    model: { ...model, balancer: { ...model.balancer, virtualServers: resolved } },
  };
}

/** What the model of a virtual server depends on besides its own settings (`resolveVirtualServer`). */
function contextOf({ programs, trackedFiles, notifications: { fifos } }: Settings) {
  return { programs, trackedFiles, fifos };
}

type Places = ReadonlyMap<number, VirtualServerSettings>;

/** Where the changed ones go; undefined when that alone does not keep them apart from all others. */
function placesOf(
  before: readonly VirtualServerSettings[],
  changed: readonly VirtualServerSettings[],
): Places | undefined {
  const places = new Map<number, VirtualServerSettings>();
  const known = new Map<string, number>();
  let end = before.length;
  for (let place = 0; place < before.length; place++)
    known.set(serviceIdentity(before[place] as VirtualServerSettings), place);
  for (const server of changed) {
    const identity = serviceIdentity(server);
    const place = known.get(identity);
    const former = place === undefined ? undefined : before[place];
    if (marks(server) || (former === undefined ? !isPlain(server, before) : !isAlike(former, server))) return undefined;
    const next = place ?? end++;
    known.set(identity, next);
    places.set(next, server);
  }
  return places;
}

/** What marks packets is held against everybody else who does. */
function marks({ markedTraffic }: VirtualServerSettings): boolean {
  return markedTraffic.length > 0;
}

/** A further virtual server of one service and no name is kept apart by its identity, unless others have names or services that it could hit. */
function isPlain(server: VirtualServerSettings, others: readonly VirtualServerSettings[]): boolean {
  if (server.name !== undefined || server.services.length > 0 || serviceKeysOf(server).length === 0) return false;
  for (const { name, services } of others) if (name !== undefined || services.length > 0) return false;
  return true;
}

/** Whether one goes by the same name and serves the same as the other: no third can be hit by it that was not hit before. */
function isAlike(former: VirtualServerSettings, server: VirtualServerSettings): boolean {
  return !marks(former) && serviceName(former) === serviceName(server) && keysText(former) === keysText(server);
}

function keysText(server: VirtualServerSettings): string {
  return serviceKeysOf(server).map(serviceKeyText).join(" ");
}

function replaced<T>(list: readonly T[], places: Iterable<readonly [number, T]>): T[] {
  const copy = [...list];
  for (const [place, value] of places) copy[place] = value;
  return copy;
}

/** Notifications are the same object where nobody is told of those that changed. */
function toldAs(
  model: Model,
  before: Settings,
  { virtualServers }: Settings,
  places: Places,
): Pick<Model, "notifications"> {
  const { notifications } = model;
  const isConcerned = Array.from(places).some(([place, server]) => {
    const former = before.virtualServers[place];
    return isToldOf(server) || (former !== undefined && isToldOf(former));
  });
  if (!isConcerned) return { notifications };
  return { notifications: { ...notifications, servers: toldServers(virtualServers) } };
}

function remarksOfOthers(remarks: readonly Issue[], places: Places): Issue[] {
  if (remarks.length === 0) return [];
  const changed = new Set(Array.from(places.keys(), (place) => pathText(["virtualServers", place])));
  return remarks.filter(({ path = "" }) => !changed.has(/^virtual_servers\[\d+\]/.exec(path)?.[0] ?? ""));
}

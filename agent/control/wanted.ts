// What a client wants to be told: by content, by name, by kind of event. Decided before anything is converted.

import type { Event } from "../events/event.ts";
import type { FeedItem } from "./feed.ts";
import { resourceName } from "./state-hub.ts";
import type { Resource, ResourceContent, StateSnapshot } from "./words/state.ts";

/** What a client wants; everything unless said. */
export interface Wish {
  readonly contents: ReadonlySet<ResourceContent | "event"> | undefined;
  readonly names?: readonly string[];
  readonly eventKinds?: ReadonlySet<string>;
}

/** Whether something that happened is wanted. */
export function wants(wish: Wish, item: FeedItem): boolean {
  switch (item.kind) {
    case "event":
      return wantsEvent(wish, item.entry.event);
    case "changed":
      return wantsResource(wish, item.resource);
    case "removed":
      return wantsContent(wish, item.content) && isNamed(wish, () => [item.name]);
  }
}

/** Whether nothing that has a state is wanted. */
export function wantsEventsOnly({ contents }: Wish): boolean {
  return contents !== undefined && contents.size === 1 && contents.has("event");
}

/** Whether an event is wanted. */
export function wantsEvent(wish: Wish, event: Event): boolean {
  if (!wantsContent(wish, "event") || wish.eventKinds?.has(event.kind) === false) return false;
  return isNamed(wish, () => namesIn(event));
}

/** Whether a resource is wanted. */
export function wantsResource(wish: Wish, resource: Resource): boolean {
  return wantsContent(wish, resource.content) && isNamed(wish, () => namesOf(resource));
}

/** A snapshot with only what is wanted. The configuration's revision is always told. */
export function wantedOf(snapshot: StateSnapshot, wish: Wish): StateSnapshot {
  const only = <V>(content: ResourceContent, values: readonly V[]): readonly V[] =>
    values.filter((value) => wantsResource(wish, { content, value } as unknown as Resource));
  return {
    ...snapshot,
    processes: only("process", snapshot.processes),
    vrrpInstances: only("vrrp-instance", snapshot.vrrpInstances),
    syncGroups: only("sync-group", snapshot.syncGroups),
    staticObjects: only("static-object", snapshot.staticObjects),
    bfdSessions: only("bfd-session", snapshot.bfdSessions),
    virtualServers: only("virtual-server", snapshot.virtualServers),
    checkers: only("checker", snapshot.checkers),
    notificationQueues: only("notification-queue", snapshot.notificationQueues),
    overrides: only("override", snapshot.overrides),
  };
}

function wantsContent({ contents }: Wish, content: ResourceContent | "event"): boolean {
  return contents === undefined || contents.has(content);
}

function isNamed({ names }: Wish, namesOfIt: () => readonly string[]): boolean {
  if (names === undefined) return true;
  return namesOfIt().some((name) => names.some((wanted) => matches(wanted, name)));
}

function matches(wanted: string, name: string): boolean {
  return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : wanted === name;
}

function namesOf(resource: Resource): readonly string[] {
  if (resource.content !== "checker") return [resourceName(resource)];
  const { id, virtualServer, realServer } = resource.value;
  return [id, virtualServer, realServer];
}

/** The fields of events that name objects. */
const naming = [
  "instance",
  "group",
  "name",
  "session",
  "virtualServer",
  "realServer",
  "checker",
  "object",
  "id",
  "target",
  "role",
];

function namesIn(event: Event): readonly string[] {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  return naming.flatMap((field) => (typeof fields[field] === "string" ? [fields[field] as string] : []));
}

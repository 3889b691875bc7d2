import { bfdSessionSchema } from "../schema/bfd.ts";
import { notificationsSchema } from "../schema/notifications.ts";
import { programsSchema } from "../schema/program.ts";
import { routeSchema, ruleSchema } from "../schema/routing.ts";
import type { Settings, VirtualServerSettings } from "../schema/settings.ts";
import { trackGroupSchema } from "../schema/static.ts";
import {
  interfaceDelaySchema,
  syncGroupSchema,
  trackedFileSchema,
  trackedProcessSchema,
  trackedScriptSchema,
} from "../schema/tracking.ts";
import { virtualAddressSchema } from "../schema/virtual-address.ts";
import { virtualServerSchema } from "../schema/virtual-server.ts";
import { vrrpGeneralSchema } from "../schema/vrrp-general.ts";
import { vrrpInstanceSchema } from "../schema/vrrp-instance.ts";
import type { Entries, Entry, NamedList } from "./entry.ts";

/** The elements of settings. */
export function entriesOf(settings: Settings): Entries {
  return {
    general: settings.vrrp,
    notifications: { path: ["notifications"], value: settings.notifications },
    syncDaemon: settings.syncDaemon && { path: ["syncDaemon"], value: settings.syncDaemon },
    statics: {
      addresses: settings.staticAddresses.map((value, index) => ({ path: ["staticAddresses", index], value })),
      routes: settings.staticRoutes.map((value, index) => ({ path: ["staticRoutes", index], value })),
      rules: settings.staticRules.map((value, index) => ({ path: ["staticRules", index], value })),
    },
    trackGroups: { groups: entriesAt(settings, "trackGroups"), names: namesAt(settings, "trackGroups") },
    instances: entriesAt(settings, "vrrpInstances"),
    servers: entriesAt(settings, "virtualServers"),
    bfdSessions: entriesAt(settings, "bfdSessions"),
    tracking: {
      scripts: entriesAt(settings, "trackedScripts"),
      processes: entriesAt(settings, "trackedProcesses"),
      files: entriesAt(settings, "trackedFiles"),
      delays: entriesAt(settings, "interfaceDelays"),
      groups: entriesAt(settings, "vrrpSyncGroups"),
      hasUser: settings.programs.user !== undefined,
      names: namesIn(settings),
    },
  };
}

/** Some virtual servers of settings by their places, with what the rules about them look at besides. */
export function serverEntriesOf(settings: Settings, servers: Iterable<readonly [number, VirtualServerSettings]>) {
  return {
    servers: Array.from(servers, ([index, value]) => ({ path: ["virtualServers", index], value })),
    notifications: { path: ["notifications"], value: settings.notifications },
    tracking: { names: namesIn(settings) },
  };
}

/** The well-formed elements of a document that as a whole is not. */
export function partialEntries(document: unknown): Entries {
  return {
    general: wellFormedGeneral(document),
    trackGroups: {
      groups: wellFormed(document, "trackGroups", (value) => trackGroupSchema.safeParse(value)),
      names: namesAt(document, "trackGroups"),
    },
    instances: wellFormed(document, "vrrpInstances", (value) => vrrpInstanceSchema.safeParse(value)),
    servers: wellFormed(document, "virtualServers", (value) => virtualServerSchema.safeParse(value)),
    bfdSessions: wellFormed(document, "bfdSessions", (value) => bfdSessionSchema.safeParse(value)),
    notifications: wellFormedNotifications(document),
    syncDaemon: undefined,
    statics: {
      addresses: wellFormed(document, "staticAddresses", (value) => virtualAddressSchema.safeParse(value)),
      routes: wellFormed(document, "staticRoutes", (value) => routeSchema.safeParse(value)),
      rules: wellFormed(document, "staticRules", (value) => ruleSchema.safeParse(value)),
    },
    tracking: {
      scripts: wellFormed(document, "trackedScripts", (value) => trackedScriptSchema.safeParse(value)),
      processes: wellFormed(document, "trackedProcesses", (value) => trackedProcessSchema.safeParse(value)),
      files: wellFormed(document, "trackedFiles", (value) => trackedFileSchema.safeParse(value)),
      delays: wellFormed(document, "interfaceDelays", (value) => interfaceDelaySchema.safeParse(value)),
      groups: wellFormed(document, "vrrpSyncGroups", (value) => syncGroupSchema.safeParse(value)),
      hasUser: hasUser(document),
      names: namesIn(document),
    },
  };
}

function entriesAt<Key extends ListKey>(settings: Settings, key: Key): Entry<Settings[Key][number]>[] {
  return settings[key].map((value, index) => ({ path: [key, index], value }));
}

type ListKey =
  | "vrrpInstances"
  | "virtualServers"
  | "trackedScripts"
  | "trackedProcesses"
  | "trackedFiles"
  | "interfaceDelays"
  | "vrrpSyncGroups"
  | "trackGroups"
  | "bfdSessions";

/** The names of what can be referred to, also of elements that are not well formed otherwise. */
function namesIn(document: unknown): Readonly<Record<NamedList, ReadonlySet<string>>> {
  const names = (key: NamedList) => namesAt(document, key);
  return {
    trackedScripts: names("trackedScripts"),
    trackedProcesses: names("trackedProcesses"),
    trackedFiles: names("trackedFiles"),
    vrrpInstances: names("vrrpInstances"),
    bfdSessions: names("bfdSessions"),
  };
}

function namesAt(document: unknown, key: string): ReadonlySet<string> {
  return new Set(listAt(document, key).flatMap(nameIn));
}

function nameIn(element: unknown): string[] {
  if (typeof element !== "object" || element === null || !("name" in element)) return [];
  return typeof element.name === "string" ? [element.name] : [];
}

function hasUser(document: unknown): boolean {
  const parsed = programsSchema.safeParse((document as Record<string, unknown> | null)?.programs ?? {});
  return !parsed.success || parsed.data.user !== undefined;
}

/** What holds for all instances; the defaults where it is not well formed. */
function wellFormedGeneral(document: unknown): Settings["vrrp"] {
  const given = typeof document === "object" && document !== null ? (document as Record<string, unknown>).vrrp : {};
  const parsed = vrrpGeneralSchema.safeParse(given ?? {});
  return parsed.success ? parsed.data : vrrpGeneralSchema.parse({});
}

function wellFormed<T>(
  document: unknown,
  key: string,
  parse: (value: unknown) => { readonly success: true; readonly data: T } | { readonly success: false },
): Entry<T>[] {
  return listAt(document, key).flatMap((element, index) => {
    const parsed = parse(element);
    return parsed.success ? [{ path: [key, index], value: parsed.data }] : [];
  });
}

function wellFormedNotifications(document: unknown): Entries["notifications"] {
  const parsed = notificationsSchema.safeParse(fieldAt(document, "notifications") ?? {});
  return parsed.success ? { path: ["notifications"], value: parsed.data } : undefined;
}

function listAt(document: unknown, key: string): readonly unknown[] {
  const list = fieldAt(document, key);
  return Array.isArray(list) ? list : [];
}

function fieldAt(document: unknown, key: string): unknown {
  return typeof document === "object" && document !== null ? (document as Record<string, unknown>)[key] : undefined;
}

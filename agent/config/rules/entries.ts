import type { Path } from "../issue.ts";
import { notificationsSchema } from "../schema/notifications.ts";
import { type RouteSettings, type RuleSettings, routeSchema, ruleSchema } from "../schema/routing.ts";
import type { Settings, VirtualServerSettings, VrrpInstanceSettings } from "../schema/settings.ts";
import { type VirtualAddressSettings, virtualAddressSchema } from "../schema/virtual-address.ts";
import { virtualServerSchema } from "../schema/virtual-server.ts";
import { vrrpGeneralSchema } from "../schema/vrrp-general.ts";
import { vrrpInstanceSchema } from "../schema/vrrp-instance.ts";

/** One element of a list with its place in the document. */
export interface Entry<T> {
  readonly path: Path;
  readonly value: T;
}

/** What the rules look at: the elements that are well formed in themselves. */
export interface Entries {
  readonly general: Settings["vrrp"];
  readonly instances: readonly Entry<VrrpInstanceSettings>[];
  readonly servers: readonly Entry<VirtualServerSettings>[];
  readonly notifications: Entry<Settings["notifications"]> | undefined;
  readonly statics: StaticEntries;
}

/** The static objects. */
export interface StaticEntries {
  readonly addresses: readonly Entry<VirtualAddressSettings>[];
  readonly routes: readonly Entry<RouteSettings>[];
  readonly rules: readonly Entry<RuleSettings>[];
}

/** The elements of settings. */
export function entriesOf(settings: Settings): Entries {
  return {
    general: settings.vrrp,
    instances: settings.vrrpInstances.map((value, index) => ({ path: ["vrrpInstances", index], value })),
    servers: settings.virtualServers.map((value, index) => ({ path: ["virtualServers", index], value })),
    notifications: { path: ["notifications"], value: settings.notifications },
    statics: {
      addresses: settings.staticAddresses.map((value, index) => ({ path: ["staticAddresses", index], value })),
      routes: settings.staticRoutes.map((value, index) => ({ path: ["staticRoutes", index], value })),
      rules: settings.staticRules.map((value, index) => ({ path: ["staticRules", index], value })),
    },
  };
}

/** The well-formed elements of a document that as a whole is not. */
export function partialEntries(document: unknown): Entries {
  return {
    general: wellFormedGeneral(document),
    instances: wellFormed(document, "vrrpInstances", (value) => vrrpInstanceSchema.safeParse(value)),
    servers: wellFormed(document, "virtualServers", (value) => virtualServerSchema.safeParse(value)),
    notifications: wellFormedNotifications(document),
    statics: {
      addresses: wellFormed(document, "staticAddresses", (value) => virtualAddressSchema.safeParse(value)),
      routes: wellFormed(document, "staticRoutes", (value) => routeSchema.safeParse(value)),
      rules: wellFormed(document, "staticRules", (value) => ruleSchema.safeParse(value)),
    },
  };
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

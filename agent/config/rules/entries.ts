import type { Path } from "../issue.ts";
import type { Settings, VirtualServerSettings, VrrpInstanceSettings } from "../schema/settings.ts";
import { virtualServerSchema } from "../schema/virtual-server.ts";
import { vrrpInstanceSchema } from "../schema/vrrp-instance.ts";

/** One element of a list with its place in the document. */
export interface Entry<T> {
  readonly path: Path;
  readonly value: T;
}

/** What the rules look at: the elements that are well formed in themselves. */
export interface Entries {
  readonly instances: readonly Entry<VrrpInstanceSettings>[];
  readonly servers: readonly Entry<VirtualServerSettings>[];
}

/** The elements of settings. */
export function entriesOf(settings: Settings): Entries {
  return {
    instances: settings.vrrpInstances.map((value, index) => ({ path: ["vrrpInstances", index], value })),
    servers: settings.virtualServers.map((value, index) => ({ path: ["virtualServers", index], value })),
  };
}

/** The well-formed elements of a document that as a whole is not. */
export function partialEntries(document: unknown): Entries {
  return {
    instances: wellFormed(document, "vrrpInstances", (value) => vrrpInstanceSchema.safeParse(value)),
    servers: wellFormed(document, "virtualServers", (value) => virtualServerSchema.safeParse(value)),
  };
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

function listAt(document: unknown, key: string): readonly unknown[] {
  if (typeof document !== "object" || document === null) return [];
  const list = (document as Record<string, unknown>)[key];
  return Array.isArray(list) ? list : [];
}

// Scopes: which virtual servers somebody may change who may not change all of them.

import { addressBytes, parseAddress } from "../../base/address.ts";
import { differingPlaces } from "../../config/diff.ts";
import { serviceIdentity, serviceKeyOf, serviceName } from "../../config/resolve-service.ts";
import type { Settings, VirtualServerSettings } from "../../config/schema/settings.ts";
import { serviceKeyText } from "../../kernel/ipvs.ts";

/** What a change does outside the scope, as field paths; empty: nothing. */
export function outsideScope(before: Settings, after: Settings, scope: readonly string[]): readonly string[] {
  const servers = [...before.virtualServers, ...after.virtualServers];
  // One that is renamed into the scope, or out of it, belongs to somebody else before or afterwards.
  const denied = new Set(servers.filter((server) => !isInScope(server, scope)).map(serviceIdentity));
  const rest = (settings: Settings): Settings => ({
    ...settings,
    virtualServers: settings.virtualServers.filter((server) => denied.has(serviceIdentity(server))),
  });
  return differingPlaces(rest(before), rest(after)).map(({ path }) => path);
}

/** Whether a virtual server is one of these. */
export function isInScope(server: VirtualServerSettings, scope: readonly string[]): boolean {
  const names = [serviceName(server), keyText(server)];
  return scope.some((entry) => {
    const prefix = /^([^/*\s]+)\/(\d+)$/.exec(entry);
    if (prefix === null) return names.some((name) => matchesPattern(entry, name));
    return server.address !== undefined && isWithin(server.address, prefix[1] ?? "", Number(prefix[2]));
  });
}

function keyText(server: VirtualServerSettings): string {
  const key = serviceKeyOf(server);
  return key === undefined ? "" : serviceKeyText(key);
}

function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}

function isWithin(address: string, network: string, length: number): boolean {
  const [own, other] = [parseAddress(address), parseAddress(network)];
  if (own === undefined || other === undefined) return false;
  const [a, b] = [bitsOf(addressBytes(own)), bitsOf(addressBytes(other))];
  return a.length === b.length && a.slice(0, length) === b.slice(0, length);
}

function bitsOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

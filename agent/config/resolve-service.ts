// What IPVS will be told of a virtual server and its real servers: keys, ports, flags, forwarding.

import { type Family, familyOf, hostPrefixLength } from "../base/address.ts";
import { addressesIn } from "../base/address-range.ts";
import {
  type Forwarding,
  type Persistence,
  type Service,
  type ServiceFlags,
  type ServiceKey,
  serviceKeyText,
} from "../kernel/ipvs.ts";
import type { RealServerSettings, VirtualServerSettings } from "./schema/settings.ts";
import type { schedulerFlags } from "./schema/virtual-server.ts";

/** The service of a virtual server that has an identity. */
export function serviceOf(server: VirtualServerSettings): Service {
  const key = serviceKeyOf(server);
  if (key === undefined) throw new Error("a virtual server without address and firewall mark was not validated");
  const persistence = persistenceOf(server, key);
  return { key, scheduler: server.scheduler, flags: flagsOf(server), ...(persistence && { persistence }) };
}

/** The key of a virtual server, the first one where it has several services; undefined when it is incomplete. */
export function serviceKeyOf(server: VirtualServerSettings): ServiceKey | undefined {
  const { address, port, protocol, firewallMark } = server;
  if (firewallMark !== undefined) return { kind: "mark", mark: firewallMark, family: markFamily(server) };
  if (server.services.length > 0) return keysOfServices(server).next().value ?? undefined;
  if (address === undefined || port === undefined || protocol === undefined) return undefined;
  return { kind: "address", protocol, address, port };
}

/** The keys of all its services; those that are incomplete are left out. */
export function serviceKeysOf(server: VirtualServerSettings): readonly ServiceKey[] {
  if (server.services.length > 0) return [...keysOfServices(server)];
  const key = serviceKeyOf(server);
  return key === undefined ? [] : [key];
}

function* keysOfServices(server: VirtualServerSettings): Generator<ServiceKey> {
  const { protocol } = server;
  for (const { address, port, firewallMark, family } of server.services) {
    if (firewallMark !== undefined) yield { kind: "mark", mark: firewallMark, family: family ?? serviceFamily(server) };
    else if (address !== undefined && port !== undefined && protocol !== undefined)
      for (const one of addressesIn(address)) yield { kind: "address", protocol, address: one, port };
  }
}

/** What is said of where and how packets go: of a real server or of a sorry server. */
type Reached = Pick<RealServerSettings, "address" | "port" | "forwarding" | "tunnel">;

/** The family of packets that a virtual server takes. */
export function serviceFamily(server: VirtualServerSettings): Family {
  const address = server.address ?? server.services.find((one) => one.address !== undefined)?.address?.first;
  return address === undefined ? markFamily(server) : familyOf(address);
}

/** The name of a virtual server: as configured, or its key. */
export function serviceName(server: VirtualServerSettings): string {
  return server.name ?? keyText(server);
}

/** What a virtual server is known by across configurations: its key; of several services they may all change, and the name counts. */
export function serviceIdentity(server: VirtualServerSettings): string {
  return server.services.length > 0 ? serviceName(server) : keyText(server);
}

function keyText(server: VirtualServerSettings): string {
  const key = serviceKeyOf(server);
  return key === undefined ? "" : serviceKeyText(key);
}

/** The forwarding method of a real server: its own, or that of its virtual server. */
export function forwardingMethodOf(server: VirtualServerSettings, realServer: Reached): Forwarding["method"] {
  return realServer.forwarding ?? server.forwarding;
}

/** One object for all real servers that are reached alike. */
const plainForwarding = { masquerade: { method: "masquerade" }, direct: { method: "direct" } } as const;

/** How packets reach a real server: its own words, or those of its virtual server. */
export function forwardingOf(server: VirtualServerSettings, realServer: Reached): Forwarding {
  const method = forwardingMethodOf(server, realServer);
  if (method !== "tunnel") return plainForwarding[method];
  return { method, ...(realServer.tunnel ?? server.tunnel ?? { type: "ipip", port: 0, checksum: "none" }) };
}

/** The port written for a real server, else its virtual server's: where checkers go unless they say otherwise. */
export function configuredPort(server: VirtualServerSettings, realServer: Reached): number {
  return realServer.port ?? server.port ?? server.services[0]?.port ?? 0;
}

/** The port of the IPVS destination. Only masquerading can change a port; otherwise it is the service's, which is 0 for a firewall mark
 * (seen with keepalived 2.2.7 in both cases). Behind several services a real server without a port keeps that of each: port 0 to the kernel. */
export function destinationPort(server: VirtualServerSettings, realServer: Reached): number {
  const method = forwardingMethodOf(server, realServer);
  if (method === "masquerade") return realServer.port ?? server.port ?? 0;
  return server.port ?? server.services[0]?.port ?? 0;
}

function markFamily(server: VirtualServerSettings): Family {
  const first = server.realServers[0];
  return server.family ?? server.services[0]?.family ?? (first === undefined ? "ipv4" : familyOf(first.address));
}

function persistenceOf(server: VirtualServerSettings, key: ServiceKey): Persistence | undefined {
  const { persistenceTimeout, persistenceGranularity, persistenceEngine } = server;
  if (persistenceTimeout === undefined) return undefined;
  const family = key.kind === "mark" ? key.family : familyOf(key.address);
  return {
    timeout: persistenceTimeout,
    granularity: persistenceGranularity ?? hostPrefixLength(family),
    ...(persistenceEngine !== undefined && { engine: persistenceEngine }),
  };
}

/** Which of the kernel's three scheduler flags a name means (IP_VS_SVC_F_SCHED_SH_FALLBACK and its siblings in ip_vs.h). */
const flagNumbers: Readonly<Record<(typeof schedulerFlags)[number], 1 | 2 | 3>> = {
  "flag-1": 1,
  "flag-2": 2,
  "flag-3": 3,
  "sh-fallback": 1,
  "sh-port": 2,
  "mh-fallback": 1,
  "mh-port": 2,
};

function flagsOf(server: VirtualServerSettings): ServiceFlags {
  const numbers = server.schedulerFlags.map((flag) => flagNumbers[flag]);
  return {
    flag1: numbers.includes(1),
    flag2: numbers.includes(2),
    flag3: numbers.includes(3),
    onePacket: server.onePacket,
  };
}

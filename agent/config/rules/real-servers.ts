import { familyOf, formatEndpoint } from "../../base/address.ts";
import { type Finding, type Path, pathText } from "../issue.ts";
import { realServerName } from "../resolve.ts";
import { destinationPort, forwardingMethodOf, serviceFamily } from "../resolve-service.ts";
import type { RealServerSettings, VirtualServerSettings } from "../schema/settings.ts";
import type { PathOf } from "./breach.ts";
import { breach, doubt, duplicates, inEach } from "./breach.ts";
import { checkers } from "./checkers.ts";
import type { Entry } from "./entry.ts";

type Server = Entry<VirtualServerSettings>;

/** What most rules find. */
const nothing: readonly Finding[] = [];

/** The rules about real servers. They make nothing for what is right, not even a closure: a large configuration has ten thousand real servers. */
export const realServerRules: readonly ((servers: readonly Server[]) => readonly Finding[])[] = [
  inEach(uniqueDestinations),
  inEach(uniqueNames),
  forEachRealServer(family),
  forEachRealServer(port),
  forEachRealServer(thresholds),
  forEachRealServer(ownTunnel),
  forEachRealServer(checks(checkers)),
  inEach(sharedTunnel),
];

type RealServerRule = (
  pathOf: PathOf,
  server: VirtualServerSettings,
  realServer: RealServerSettings,
) => readonly Finding[];

function forEachRealServer(rule: RealServerRule): (servers: readonly Server[]) => readonly Finding[] {
  return (servers) => {
    const found: Finding[] = [];
    let path: Path = [];
    let index = 0;
    const pathOf = () => [...path, "realServers", index];
    for (const entry of servers) {
      path = entry.path;
      index = 0;
      for (const realServer of entry.value.realServers) {
        const findings = rule(pathOf, entry.value, realServer);
        if (findings !== nothing) found.push(...findings);
        index++;
      }
    }
    return found;
  };
}

/** A rule about the checkers of a real server that has some. */
function checks(rule: RealServerRule): RealServerRule {
  return (pathOf, server, realServer) =>
    realServer.checkers.length === 0 ? nothing : rule(pathOf, server, realServer);
}

function realServersOf({ path, value }: Server): Entry<RealServerSettings>[] {
  return value.realServers.map((realServer, index) => ({ path: [...path, "realServers", index], value: realServer }));
}

function uniqueDestinations(entry: Server): readonly Finding[] {
  const server = entry.value;
  if (!repeatsAddress(server)) return nothing;
  const key = (realServer: RealServerSettings) =>
    formatEndpoint(realServer.address, destinationPort(server, realServer));
  return duplicates(
    realServersOf(entry),
    key,
    (realServer, first) =>
      `${key(realServer)} is already a real server of this virtual server, at ${pathText(first)}${portNote(server, realServer)}`,
  );
}

function repeatsAddress({ realServers }: VirtualServerSettings): boolean {
  if (realServers.length <= 16) return realServers.some(hasEarlierTwin);
  const addresses = new Set<string>();
  for (const { address } of realServers) addresses.add(address);
  return addresses.size < realServers.length;
}

/** Cheaper than a set where there are few. */
function hasEarlierTwin({ address }: RealServerSettings, index: number, all: readonly RealServerSettings[]): boolean {
  for (let earlier = 0; earlier < index; earlier++) if (all[earlier]?.address === address) return true;
  return false;
}

/** Two real servers that differ in their ports only can still be one destination. */
function portNote(server: VirtualServerSettings, realServer: RealServerSettings): string {
  const method = forwardingMethodOf(server, realServer);
  return method === "masquerade"
    ? ""
    : ` (${method} forwarding keeps the port of the packet: that of a real server does not count)`;
}

function uniqueNames(entry: Server): readonly Finding[] {
  const server = entry.value;
  if (server.realServers.every(isNameless)) return nothing;
  return duplicates(
    realServersOf(entry),
    (realServer) => realServerName(server, realServer),
    (realServer, first) =>
      `the name ${JSON.stringify(realServerName(server, realServer))} is already used at ${pathText(first)}`,
    "name",
  );
}

function isNameless({ name }: RealServerSettings): boolean {
  return name === undefined;
}

/** The kernel takes a destination of another family for tunnels only (ip_vs_genl_set_cmd). */
function family(pathOf: PathOf, server: VirtualServerSettings, realServer: RealServerSettings): readonly Finding[] {
  const own = familyOf(realServer.address);
  const wanted = serviceFamily(server);
  const method = forwardingMethodOf(server, realServer);
  if (own === wanted || method === "tunnel") return nothing;
  return [
    breach(
      [...pathOf(), "address"],
      `${realServer.address} is ${own} and the virtual server ${wanted}, which ${method} cannot join`,
      `an ${wanted} address, or forwarding tunnel`,
    ),
  ];
}

function port(pathOf: PathOf, server: VirtualServerSettings, realServer: RealServerSettings): readonly Finding[] {
  const method = forwardingMethodOf(server, realServer);
  const wished = realServer.port;
  // With a firewall mark the port of a real server can only be meant for its checkers.
  if (method === "masquerade" || server.port === undefined || wished === undefined || wished === server.port)
    return nothing;
  return [
    doubt(
      [...pathOf(), "port"],
      `${method} forwarding keeps port ${server.port} of the virtual server: ${wished} is for checkers only`,
      `${server.port}, or forwarding masquerade`,
    ),
  ];
}

function thresholds(
  pathOf: PathOf,
  _server: VirtualServerSettings,
  realServer: RealServerSettings,
): readonly Finding[] {
  const { lowerThreshold, upperThreshold } = realServer;
  if (lowerThreshold <= upperThreshold) return nothing;
  if (upperThreshold === 0)
    return [
      doubt([...pathOf(), "lowerThreshold"], "has no effect without an upper threshold", "upper_threshold as well"),
    ];
  return [
    breach(
      [...pathOf(), "lowerThreshold"],
      `${lowerThreshold} is above the upper threshold ${upperThreshold}`,
      `at most ${upperThreshold}`,
    ),
  ];
}

function ownTunnel(pathOf: PathOf, server: VirtualServerSettings, realServer: RealServerSettings): readonly Finding[] {
  if (realServer.tunnel === undefined) return nothing;
  const method = forwardingMethodOf(server, realServer);
  const at = [...pathOf(), "tunnel"];
  if (method !== "tunnel") return [breach(at, `tunnel has no meaning with forwarding ${method}`, "forwarding tunnel")];
  return tunnelSettings(at, realServer.tunnel);
}

function sharedTunnel({ path, value: server }: Server): readonly Finding[] {
  if (server.tunnel === undefined) return nothing;
  const at = [...path, "tunnel"];
  const used = server.forwarding === "tunnel" || server.realServers.some(({ forwarding }) => forwarding === "tunnel");
  if (!used) return [breach(at, `tunnel has no meaning with forwarding ${server.forwarding}`, "forwarding tunnel")];
  return tunnelSettings(at, server.tunnel);
}

function tunnelSettings(path: Path, tunnel: NonNullable<VirtualServerSettings["tunnel"]>): Finding[] {
  const { type, port, checksum } = tunnel;
  return [
    ...(type === "gue" && port === 0
      ? [breach([...path, "port"], "gue needs a port", "1 to 65535, usually 6080")]
      : []),
    ...(type !== "gue" && port !== 0 ? [breach([...path, "port"], `${type} has no port`, "no port, or type gue")] : []),
    ...(type === "ipip" && checksum !== "none"
      ? [breach([...path, "checksum"], "ipip has no checksum", "none, or type gue or gre")]
      : []),
    ...(type === "gre" && checksum === "remote"
      ? [breach([...path, "checksum"], "gre has no remote checksum", "none or full, or type gue")]
      : []),
  ];
}

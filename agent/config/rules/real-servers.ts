import { familyOf, formatEndpoint } from "../../base/address.ts";
import { type Finding, type Path, pathText } from "../issue.ts";
import { realServerName } from "../resolve.ts";
import { configuredPort, destinationPort, forwardingOf, serviceFamily } from "../resolve-service.ts";
import { checkerKinds } from "../schema/checker.ts";
import type { RealServerSettings, VirtualServerSettings } from "../schema/settings.ts";
import { breach, doubt, duplicates } from "./breach.ts";
import type { Entry } from "./entries.ts";

type Server = Entry<VirtualServerSettings>;
type RealServer = Entry<RealServerSettings>;

/** The rules about real servers. */
export const realServerRules: readonly ((servers: readonly Server[]) => Finding[])[] = [
  inEach(uniqueDestinations),
  inEach(uniqueNames),
  inEach(forEachRealServer(family)),
  inEach(forEachRealServer(port)),
  inEach(forEachRealServer(thresholds)),
  inEach(forEachRealServer(ownTunnel)),
  inEach(forEachRealServer(checkTargets)),
  inEach(sharedTunnel),
];

function inEach(rule: (server: Server, realServers: readonly RealServer[]) => Finding[]) {
  return (servers: readonly Server[]) => servers.flatMap((server) => rule(server, realServersOf(server)));
}

function forEachRealServer(
  rule: (path: Path, server: VirtualServerSettings, realServer: RealServerSettings) => Finding[],
) {
  return (server: Server, realServers: readonly RealServer[]) =>
    realServers.flatMap(({ path, value }) => rule(path, server.value, value));
}

function realServersOf({ path, value }: Server): RealServer[] {
  return value.realServers.map((realServer, index) => ({ path: [...path, "realServers", index], value: realServer }));
}

function uniqueDestinations({ value: server }: Server, realServers: readonly RealServer[]): Finding[] {
  const key = (realServer: RealServerSettings) =>
    formatEndpoint(realServer.address, destinationPort(server, realServer));
  return duplicates(
    realServers,
    key,
    (realServer, first) =>
      `${key(realServer)} is already a real server of this virtual server, at ${pathText(first)}${portNote(server, realServer)}`,
  );
}

/** Two real servers that differ in their ports only can still be one destination. */
function portNote(server: VirtualServerSettings, realServer: RealServerSettings): string {
  const { method } = forwardingOf(server, realServer);
  return method === "masquerade"
    ? ""
    : ` (${method} forwarding keeps the port of the packet: that of a real server does not count)`;
}

function uniqueNames({ value: server }: Server, realServers: readonly RealServer[]): Finding[] {
  if (realServers.every(({ value }) => value.name === undefined)) return [];
  return duplicates(
    realServers,
    (realServer) => realServerName(server, realServer),
    (realServer, first) =>
      `the name ${JSON.stringify(realServerName(server, realServer))} is already used at ${pathText(first)}`,
    "name",
  );
}

/** The kernel takes a destination of another family for tunnels only (ip_vs_genl_set_cmd). */
function family(path: Path, server: VirtualServerSettings, realServer: RealServerSettings): Finding[] {
  const own = familyOf(realServer.address);
  const wanted = serviceFamily(server);
  const { method } = forwardingOf(server, realServer);
  if (own === wanted || method === "tunnel") return [];
  return [
    breach(
      [...path, "address"],
      `${realServer.address} is ${own} and the virtual server ${wanted}, which ${method} cannot join`,
      `an ${wanted} address, or forwarding tunnel`,
    ),
  ];
}

function port(path: Path, server: VirtualServerSettings, realServer: RealServerSettings): Finding[] {
  const { method } = forwardingOf(server, realServer);
  const wished = realServer.port;
  // With a firewall mark the port of a real server can only be meant for its checkers.
  if (method === "masquerade" || server.port === undefined || wished === undefined || wished === server.port) return [];
  return [
    doubt(
      [...path, "port"],
      `${method} forwarding keeps port ${server.port} of the virtual server: ${wished} is for checkers only`,
      `${server.port}, or forwarding masquerade`,
    ),
  ];
}

function thresholds(path: Path, _server: VirtualServerSettings, realServer: RealServerSettings): Finding[] {
  const { lowerThreshold, upperThreshold } = realServer;
  if (lowerThreshold <= upperThreshold) return [];
  if (upperThreshold === 0)
    return [doubt([...path, "lowerThreshold"], "has no effect without an upper threshold", "upper_threshold as well")];
  return [
    breach(
      [...path, "lowerThreshold"],
      `${lowerThreshold} is above the upper threshold ${upperThreshold}`,
      `at most ${upperThreshold}`,
    ),
  ];
}

function ownTunnel(path: Path, server: VirtualServerSettings, realServer: RealServerSettings): Finding[] {
  if (realServer.tunnel === undefined) return [];
  const { method } = forwardingOf(server, realServer);
  const at = [...path, "tunnel"];
  if (method !== "tunnel") return [breach(at, `tunnel has no meaning with forwarding ${method}`, "forwarding tunnel")];
  return tunnelSettings(at, realServer.tunnel);
}

function sharedTunnel({ path, value: server }: Server, realServers: readonly RealServer[]): Finding[] {
  if (server.tunnel === undefined) return [];
  const at = [...path, "tunnel"];
  const used = server.forwarding === "tunnel" || realServers.some(({ value }) => value.forwarding === "tunnel");
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

function checkTargets(path: Path, server: VirtualServerSettings, realServer: RealServerSettings): Finding[] {
  return realServer.checkers.flatMap((checker, index) =>
    checkerKinds.flatMap((kind) => {
      const check = checker[kind];
      if (check === undefined) return [];
      const at = [...path, "checkers", index, kind];
      const target = check.address ?? realServer.address;
      const noPort = (check.port ?? configuredPort(server, realServer)) === 0;
      const bound = check.bindAddress;
      return [
        ...(noPort
          ? [breach([...at, "port"], "there is no port to probe", "port of the checker or of the real server")]
          : []),
        ...(bound !== undefined && familyOf(bound) !== familyOf(target)
          ? [breach([...at, "bindAddress"], `${bound} cannot reach ${target}`, `an ${familyOf(target)} address`)]
          : []),
      ];
    }),
  );
}

// Who is told of virtual servers and real servers. Most have nobody of their own, and a name that says what they are: these are left out.

import type { LabelledNotifyModel, ServerNotifyModel } from "./notification-model.ts";
import { resolveProgram } from "./resolve-program.ts";
import { configuredPort, destinationPort, serviceKeyOf, serviceName } from "./resolve-service.ts";
import type { RealServerSettings, VirtualServerSettings } from "./schema/settings.ts";

/** The virtual servers of which more is to be known than their name. */
export function toldServers(servers: readonly VirtualServerSettings[]): ServerNotifyModel[] {
  const told: ServerNotifyModel[] = [];
  for (const server of servers) {
    if (!isToldOf(server)) continue;
    const realServers = server.realServers.filter((one) => isTold(server, one));
    told.push({
      ...notifyOf(serviceName(server), server.notify, server.notify?.mail),
      label: serverLabel(server),
      realServers: realServers.map((one) => realServerNotify(server, one)),
    });
  }
  return told;
}

/** Whether somebody is told more of it than its name. */
export function isToldOf(server: VirtualServerSettings): boolean {
  if (server.notify !== undefined || server.name !== undefined) return true;
  for (const realServer of server.realServers) if (isTold(server, realServer)) return true;
  return false;
}

function isTold(server: VirtualServerSettings, realServer: RealServerSettings): boolean {
  const { notify, name } = server;
  return (
    realServer.notify !== undefined ||
    realServer.name !== undefined ||
    name !== undefined ||
    notify?.mail === true ||
    destinationPort(server, realServer) !== configuredPort(server, realServer)
  );
}

function realServerNotify(server: VirtualServerSettings, realServer: RealServerSettings): LabelledNotifyModel {
  const { address, notify, name } = realServer;
  const port = configuredPort(server, realServer);
  const known = name ?? (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
  return {
    ...notifyOf(known, notify, notify?.mail ?? server.notify?.mail),
    label: endpointLabel(address, server.protocol ?? "none", destinationPort(server, realServer)),
  };
}

function notifyOf(name: string, notify: VirtualServerSettings["notify"], mail = false) {
  const up = notify?.up && resolveProgram(notify.up);
  const down = notify?.down && resolveProgram(notify.down);
  return { name, scripts: { up, down }, priorityChanges: false, mail };
}

/** As keepalived writes it: an endpoint with its protocol, a mark, or the name of a group. */
function serverLabel(server: VirtualServerSettings): string {
  // A group that two virtual servers share has their protocols in our names.
  if (server.services.length > 0) return `[${serviceName(server).replace(/ (tcp|udp|sctp)$/, "")}]:0`;
  const key = serviceKeyOf(server);
  if (key?.kind === "address") return endpointLabel(key.address, key.protocol, key.port);
  return key === undefined ? serviceName(server) : `FWM ${key.mark}`;
}

function endpointLabel(address: string, protocol: string, port: number): string {
  return `[${address}]:${protocol}:${port}`;
}

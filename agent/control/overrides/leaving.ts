// Real servers that a change removes and that are drained first, because the change asks for it. They are overrides: on disk, with an end, and
// given to the children beside what is configured, with weight 0. What is new is there at once; what goes stays until it is empty.

import type { VirtualServerView } from "../../balancer/view.ts";
import type { Model, RealServerModel, VirtualServerModel } from "../../config/model.ts";
import { destinationKeyText } from "../../kernel/ipvs.ts";
import type { Override, OverrideEffect, OverrideTarget } from "./override.ts";

/** A real server that goes, as an override. */
export interface Leaver {
  readonly target: Extract<OverrideTarget, { kind: "real-server" }>;
  readonly effect: Extract<OverrideEffect, { kind: "leave" }>;
}

/** The real servers that go from virtual servers that stay. A virtual server that goes takes its connections with it: there is nothing left to forward them. */
export function leavers(before: Model, after: Model, floor: number): Leaver[] {
  const stay = new Map(after.balancer.virtualServers.map((server) => [server.name, server]));
  return before.balancer.virtualServers.flatMap((server) => {
    const next = stay.get(server.name);
    if (next === undefined || next === server) return [];
    return server.realServers
      .filter((one) => !hasPlace(next, one))
      .map((realServer): Leaver => {
        const target = { kind: "real-server", virtualServer: server.name, realServer: realServer.name } as const;
        return { target, effect: { kind: "leave", realServer, floor } };
      });
  });
}

/** A virtual server with those that leave it, as long as nobody else is configured in their place. */
export function withLeavers(server: VirtualServerModel, overrides: readonly Override[]): VirtualServerModel {
  const leaving: RealServerModel[] = [];
  for (const { target, effect } of overrides) {
    if (effect.kind !== "leave" || target.kind !== "real-server" || target.virtualServer !== server.name) continue;
    if (!hasPlace(server, effect.realServer))
      leaving.push({ ...effect.realServer, weight: 0, checkers: [], leaving: true });
  }
  return leaving.length === 0 ? server : { ...server, realServers: [...server.realServers, ...leaving] };
}

/** Whether there is nothing left to wait for: it is configured again, its virtual server has gone, or its connections have ended. */
export function hasLeft({ target, effect }: Override, model: Model, activeOf: ActiveConnections): string | undefined {
  if (effect.kind !== "leave" || target.kind !== "real-server") return undefined;
  const server = model.balancer.virtualServers.find(({ name }) => name === target.virtualServer);
  if (server === undefined) return "its virtual server has gone";
  if (hasPlace(server, effect.realServer)) return "it is configured again";
  const active = activeOf(target);
  return active !== undefined && active <= effect.floor ? "its connections have ended" : undefined;
}

/** How many connections a real server has; undefined: it is not known. */
export type ActiveConnections = (target: {
  readonly virtualServer: string;
  readonly realServer: string;
}) => number | undefined;

/** The connections as the kernel has them. */
export function activeConnectionsOf(servers: readonly VirtualServerView[]): ActiveConnections {
  return ({ virtualServer, realServer }) =>
    servers.find(({ name }) => name === virtualServer)?.realServers.find(({ name }) => name === realServer)
      ?.activeConnections;
}

function hasPlace({ realServers }: VirtualServerModel, one: RealServerModel): boolean {
  const place = destinationKeyText(one);
  return realServers.some((other) => other.name === one.name || destinationKeyText(other) === place);
}

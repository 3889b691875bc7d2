// The effective configuration: what is configured with what operators have overridden. Parts without an override are the same objects as before,
// so that nothing is made anew that did not change.

import type {
  CheckerModel,
  Model,
  RealServerModel,
  VirtualServerModel,
  VrrpInstanceModel,
} from "../../config/model.ts";
import { withLeavers } from "./leaving.ts";
import type { Override } from "./override.ts";

/** Behind everybody else, but there if nobody else is. */
const lowestPriority = 1;

/** The model that the children are given. */
export function effectiveModel(model: Model, overrides: readonly Override[], now: number): Model {
  if (overrides.length === 0) return model;
  const { vrrp, balancer } = model;
  return {
    ...model,
    vrrp: { ...vrrp, instances: vrrp.instances.map((instance) => effectiveInstance(instance, overrides, now)) },
    balancer: {
      ...balancer,
      virtualServers: balancer.virtualServers.map((server) => effectiveServer(server, overrides)),
    },
  };
}

function effectiveInstance(
  instance: VrrpInstanceModel,
  overrides: readonly Override[],
  now: number,
): VrrpInstanceModel {
  let effective = instance;
  for (const { target, effect, author, reason } of overrides) {
    if (target.kind !== "vrrp-instance" || target.instance !== instance.name) continue;
    if (effect.kind === "priority") effective = { ...effective, priority: effect.priority };
    if (effect.kind !== "backup") continue;
    const why = `given away by ${author}${reason === "" ? "" : `: ${reason}`}`;
    effective =
      now < effect.releasedAt
        ? { ...effective, heldBack: why }
        : { ...effective, priority: lowestPriority, preempt: false };
  }
  return effective;
}

function effectiveServer(server: VirtualServerModel, overrides: readonly Override[]): VirtualServerModel {
  const concerned = overrides.filter((override) => concernsServer(override, server));
  if (concerned.length === 0) return server;
  const realServers = server.realServers.map((one) => effectiveRealServer(server, one, concerned));
  return withLeavers({ ...server, realServers }, concerned);
}

function concernsServer({ target }: Override, { name, realServers }: VirtualServerModel): boolean {
  switch (target.kind) {
    case "node":
      return true;
    case "virtual-server":
    case "real-server":
      return target.virtualServer === name;
    case "checker":
      return realServers.some(({ checkers }) => checkers.some(({ id }) => id === target.checker));
    case "vrrp-instance":
    case "process":
      return false;
  }
}

function effectiveRealServer(
  server: VirtualServerModel,
  realServer: RealServerModel,
  overrides: readonly Override[],
): RealServerModel {
  let effective = realServer;
  for (const { target, effect } of overrides) {
    if (target.kind === "real-server" && target.realServer !== realServer.name) continue;
    if (target.kind === "checker")
      effective = { ...effective, checkers: effective.checkers.map(pausing(target.checker)) };
    else if (effect.kind === "weight") effective = { ...effective, weight: effect.weight };
  }
  // Draining wins: who wants no new connections wants none at another weight either.
  const drains = overrides.some(({ target, effect }) => effect.kind === "drain" && isAbout(target, server, realServer));
  return drains ? { ...effective, weight: 0 } : effective;
}

function isAbout(target: Override["target"], server: VirtualServerModel, realServer: RealServerModel): boolean {
  if (target.kind === "node") return true;
  if (target.kind === "virtual-server") return target.virtualServer === server.name;
  return target.kind === "real-server" && target.realServer === realServer.name;
}

function pausing(id: string): (checker: CheckerModel) => CheckerModel {
  return (checker) => (checker.id === id ? { ...checker, paused: true } : checker);
}

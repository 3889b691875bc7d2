// The further ways of instances: opened when their interface carries and has an address to send from, left when it does not. An instance
// without them is no worse than one that has none configured: only its own way decides whether it can take part.

import { elapsed, type Instant } from "../../base/duration.ts";
import type { LinkAddress } from "../../kernel/links.ts";
import { findEnvironment } from "../core/environment.ts";
import { masterDownInterval } from "../core/timers.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { Surroundings } from "../surroundings/surroundings.ts";
import type { Troubles } from "../troubles.ts";
import type { HeartbeatPathView } from "../view.ts";
import type { AdvertisementSockets } from "./advertisement-sockets.ts";
import { configOfPath, type Way } from "./way.ts";

/** What the paths are followed with. */
export interface HeartbeatPathParts {
  readonly network: ObservedNetwork;
  readonly surroundings: Surroundings;
  readonly sockets: AdvertisementSockets;
  readonly troubles: Troubles;
}

/** Opens the heartbeat paths of the instance that can be opened, and leaves the others. Gives whether the kernel has refused none. */
export function followPaths(instance: RunningInstance, parts: HeartbeatPathParts): boolean {
  const paths = instance.config.furtherPaths ?? [];
  const opened = paths.map((_, index) => followPath(instance, index, parts));
  for (let place = paths.length + 1; parts.sockets.hasWay(instance, place); place += 1)
    parts.sockets.leaveWay(instance, place);
  return opened.every((one) => one);
}

/**
 * Whether it is left to another way who of two masters of equal priority yields. Their addresses decide, and may do so one way here and the
 * other way there: then both would yield. So the first way decides as long as anything is heard on it.
 */
export function isDecidedElsewhere(instance: RunningInstance, way: Way, priority: number, heardAt: Instant): boolean {
  if (way.place === 0 || instance.state.kind !== "master" || priority !== instance.config.priority) return false;
  const { ownWayHeardAt, config } = instance;
  const masterInterval = config.advertisementInterval;
  return (
    ownWayHeardAt !== undefined && elapsed(ownWayHeardAt, heardAt) < masterDownInterval({ ...config, masterInterval })
  );
}

/** The ways as they are shown. */
export function viewOfPaths(instance: RunningInstance, sockets: AdvertisementSockets): readonly HeartbeatPathView[] {
  return (instance.config.furtherPaths ?? []).map((path, index) => ({
    interface: path.interface,
    open: sockets.hasWay(instance, index + 1),
  }));
}

function followPath(instance: RunningInstance, index: number, parts: HeartbeatPathParts): boolean {
  const { network, surroundings, sockets, troubles } = parts;
  const path = instance.config.furtherPaths?.[index];
  if (path === undefined) return true;
  const config = configOfPath(instance.config, path);
  const link = network.linkNamed(path.interface);
  const addresses: readonly LinkAddress[] = link === undefined ? [] : network.addressesOf(link.index);
  const found = findEnvironment(config, link, addresses, (address) => surroundings.instancesOf(address).size > 0);
  if (link === undefined || !found.ready) {
    sockets.leaveWay(instance, index + 1);
    return true;
  }
  try {
    sockets.joinWay(instance, index + 1, { config, link, source: found.source });
    return true;
  } catch (thrown) {
    troubles.refused("open", `VRRP socket on ${path.interface}`, thrown);
    return false;
  }
}

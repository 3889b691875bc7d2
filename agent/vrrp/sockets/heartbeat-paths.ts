// The further ways of instances: opened when their interface carries and has an address to send from, left when it does not. An instance
// without them is no worse than one that has none configured: only its own way decides whether it can take part.

import { elapsed, type Instant } from "../../base/duration.ts";
import type { ReportEvent } from "../../events/event.ts";
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
  readonly report: ReportEvent;
}

/** Opens the heartbeat paths of the instance that can be opened, leaves the others, and tells which have changed. Gives whether the kernel has refused none. */
export function followPaths(instance: RunningInstance, parts: HeartbeatPathParts): boolean {
  const paths = instance.config.furtherPaths ?? [];
  const found = paths.map((_, index) => followPath(instance, index, parts));
  for (let place = paths.length + 1; parts.sockets.hasWay(instance, place); place += 1)
    parts.sockets.leaveWay(instance, place);
  tell(instance, found, parts);
  return !found.includes("refused");
}

/** A path that can be used from the start is no news. */
function tell(instance: RunningInstance, found: readonly PathState[], { report }: HeartbeatPathParts): void {
  const before = instance.toldPaths;
  instance.toldPaths = found.map((state) => state === "open");
  for (const [index, state] of found.entries()) {
    const open = state === "open";
    const path = instance.config.furtherPaths?.[index];
    if (path === undefined || (before[index] ?? true) === open) continue;
    const told = { kind: "heartbeat-path-changed", instance: instance.config.name, interface: path.interface } as const;
    report({ ...told, open, reason: reasons[state] });
  }
}

type PathState = "open" | "interface" | "link" | "source address" | "refused";

/** Why a path cannot be used. */
const reasons: Readonly<Record<PathState, string>> = {
  open: "",
  interface: "its interface does not exist",
  link: "its interface is down or has no carrier",
  "source address": "its interface has no address to send from",
  refused: "its socket cannot be opened: the log has the cause",
};

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

function followPath(instance: RunningInstance, index: number, parts: HeartbeatPathParts): PathState {
  const { network, surroundings, sockets, troubles } = parts;
  const path = instance.config.furtherPaths?.[index];
  if (path === undefined) return "interface";
  const config = configOfPath(instance.config, path);
  const link = network.linkNamed(path.interface);
  const addresses: readonly LinkAddress[] = link === undefined ? [] : network.addressesOf(link.index);
  const found = findEnvironment(config, link, addresses, (address) => surroundings.instancesOf(address).size > 0);
  if (link === undefined || !found.ready) {
    sockets.leaveWay(instance, index + 1);
    if (link === undefined) return "interface";
    return link.up && link.running ? "source address" : "link";
  }
  try {
    sockets.joinWay(instance, index + 1, { config, link, source: found.source });
    return "open";
  } catch (thrown) {
    troubles.refused("open", `VRRP socket on ${path.interface}`, thrown);
    return "refused";
  }
}

// A way of an instance: the socket that its advertisements leave and arrive by, their source and destinations. The first way is the
// instance's own; each heartbeat path is a further one, with a group or peers of its own.

import type { IpAddress } from "../../base/address.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { HeartbeatPathModel } from "../../config/wire-model.ts";
import type { Link } from "../../kernel/links.ts";
import type { OutgoingDatagram, VrrpSocket, VrrpSocketOptions } from "../../kernel/vrrp-socket.ts";
import { encodeAdvertisement } from "../core/packets/advertisement.ts";
import type { RunningInstance } from "../instances/running-instance.ts";

/** Where a way leads. */
export interface WayPlan {
  /** What is sent and expected on it: the instance's configuration, with the group and peers of the way. */
  readonly config: VrrpInstanceModel;
  /** The link that it goes by; undefined for an instance that is bound to none. */
  readonly link: Link | undefined;
  /** The source of advertisements on a further way; undefined on the instance's own, where the state has it. */
  readonly source: IpAddress | undefined;
}

/** A way with its socket. */
export interface Way {
  /** 0 for the instance's own. */
  readonly place: number;
  readonly shared: SharedSocket;
  readonly virtualRouterId: number;
  plan: WayPlan;
  /** The datagrams as last written: advertisements repeat themselves. */
  written:
    | { readonly key: string; readonly config: VrrpInstanceModel; readonly datagrams: readonly OutgoingDatagram[] }
    | undefined;
}

/** A socket that several instances use, each for one virtual router. */
export interface SharedSocket {
  readonly key: string;
  readonly socket: VrrpSocket;
  readonly instances: Map<number, { readonly instance: RunningInstance; readonly way: Way }>;
}

/** Ways with the same key share a socket. */
export function keyOfWay(plan: WayPlan): string {
  const { linkIndex, family, group, protocol } = socketOptions(plan);
  return `${linkIndex} ${family} ${group ?? "unicast"} ${protocol}`;
}

/** The socket that a way needs. */
export function socketOptions({ config, link }: WayPlan): Omit<VrrpSocketOptions, "onDatagram" | "onTrouble"> {
  return {
    family: config.family,
    linkIndex: link?.index ?? 0,
    linkName: link?.name ?? "",
    group: config.unicast === undefined ? config.multicastGroup : undefined,
    protocol: config.authentication.type === "ah" ? "ah" : "vrrp",
    ...parentOf(config, link),
  };
}

/** The link below, when this one is the instance's own. */
function parentOf({ virtualLink }: VrrpInstanceModel, link: Link | undefined): { readonly parentIndex?: number } {
  const isOwn = link?.virtual !== undefined && link.name === virtualLink?.interface;
  return isOwn ? { parentIndex: link.virtual.parentIndex } : {};
}

/** The configuration of a heartbeat path: the instance's, by another way. */
export function configOfPath(config: VrrpInstanceModel, path: HeartbeatPathModel): VrrpInstanceModel {
  const { unicast: _own, ...same } = config;
  return {
    ...same,
    interface: path.interface,
    sourceAddress: path.sourceAddress,
    multicastGroup: path.multicastGroup,
    ...(path.unicast !== undefined && { unicast: path.unicast }),
  };
}

/** The datagrams of an advertisement on a way: one to its group, or one to each peer. */
export function writeWay(
  way: Way,
  instance: RunningInstance,
  ownSource: IpAddress,
  priority: number,
): readonly OutgoingDatagram[] {
  const source = way.plan.source ?? ownSource;
  const key = `${source} ${priority}`;
  const config = way.place === 0 ? instance.config : way.plan.config;
  if (way.written !== undefined && way.written.key === key && way.written.config === config)
    return way.written.datagrams;
  const datagrams = destinationsOf(config).map((destination) => datagramTo(destination, config, source, priority));
  way.written = { key, config, datagrams };
  return datagrams;
}

function destinationsOf({ unicast, multicastGroup }: VrrpInstanceModel): readonly IpAddress[] {
  return unicast === undefined ? [multicastGroup] : unicast.peers.map(({ address }) => address);
}

function datagramTo(
  destination: IpAddress,
  config: VrrpInstanceModel,
  source: IpAddress,
  priority: number,
): OutgoingDatagram {
  const payload = encode(config, { source, destination }, priority);
  const timeToLive = config.unicast?.timeToLive;
  return { source, destination, payload, ...(timeToLive !== undefined && { timeToLive }) };
}

function encode(
  config: VrrpInstanceModel,
  envelope: { readonly source: IpAddress; readonly destination: IpAddress },
  priority: number,
): Uint8Array {
  const common = {
    virtualRouterId: config.virtualRouterId,
    priority,
    interval: config.advertisementInterval,
    addresses: config.virtualAddresses.flatMap(({ address, excluded }) => (excluded === true ? [] : [address])),
  };
  const advertisement =
    config.version === 2
      ? ({ version: 2, ...common, authentication: config.authentication } as const)
      : ({ version: 3, ...common } as const);
  return encodeAdvertisement(advertisement, envelope, config.checksumWithPseudoHeader);
}

// Guards: what a change through the API may not do unless its caller says why it should. They catch the push of an empty or half
// configuration, and the change that cuts off whoever makes it. A file at the director itself is not guarded: who edits it is there.

import type { IpAddress } from "../base/address.ts";
import type { BalancerModel, Model, VrrpInstanceModel, VrrpModel } from "../config/model.ts";
import type { VirtualAddressModel } from "../config/model-routing.ts";
import { routerKey } from "../vrrp/core/configuration-change.ts";

/** The guards by their names in the API. */
export const guardNames = [
  "max_removed_virtual_addresses",
  "max_removed_virtual_servers",
  "last_healthy_real_server",
  "connection_address",
] as const;
export type GuardName = (typeof guardNames)[number];

/** What a caller says of guards: other limits, and guards that should not hold this time, each with a reason. */
export interface GuardWish {
  readonly maxRemovedVirtualAddresses?: number;
  readonly maxRemovedVirtualServers?: number;
  readonly overrides: readonly { readonly guard: GuardName; readonly reason: string }[];
}

/** How many may be removed by one change unless the caller says otherwise. */
export const defaultRemovalLimit = 10;

/** What a change does to what runs. */
export interface GuardedChange {
  readonly before: Model;
  readonly after: Model;
  readonly wish: GuardWish;
  /** The director's address of the connection that asks; undefined on the unix socket. */
  readonly localAddress?: IpAddress;
}

/** A guard that a change exceeds. */
export interface GuardExceeded {
  readonly guard: GuardName;
  /** What it is about. */
  readonly subject: string;
  readonly description: string;
}

/** The names of the real servers of a virtual server that are up now; undefined when that is not known. */
export type HealthyOf = (virtualServer: string) => readonly string[] | undefined;

/** Every guard that the change exceeds and that is not overridden. Health is asked for only where real servers go. */
export async function exceededGuards(
  change: GuardedChange,
  healthy: () => Promise<HealthyOf>,
): Promise<readonly GuardExceeded[]> {
  const { before, after, wish } = change;
  const losing = serversThatLose(before.balancer, after.balancer);
  const found = [
    ...tooManyAddresses(before.vrrp, after.vrrp, wish),
    ...tooManyServers(before.balancer, after.balancer, wish),
    ...(losing.length === 0 ? [] : lastHealthy(losing, await healthy())),
    ...ownAddress(change),
  ];
  return found.filter(({ guard }) => !wish.overrides.some((override) => override.guard === guard));
}

function tooManyAddresses(before: VrrpModel, after: VrrpModel, wish: GuardWish): readonly GuardExceeded[] {
  const kept = new Set(addressesOf(after));
  const removed = addressesOf(before).filter((address) => !kept.has(address));
  return tooMany("max_removed_virtual_addresses", "virtual addresses", removed, wish.maxRemovedVirtualAddresses);
}

function tooManyServers(before: BalancerModel, after: BalancerModel, wish: GuardWish): readonly GuardExceeded[] {
  const kept = new Set(after.virtualServers.map(({ name }) => name));
  const removed = before.virtualServers.map(({ name }) => name).filter((name) => !kept.has(name));
  return tooMany("max_removed_virtual_servers", "virtual servers", removed, wish.maxRemovedVirtualServers);
}

function tooMany(
  guard: GuardName,
  noun: string,
  removed: readonly string[],
  limit = defaultRemovalLimit,
): readonly GuardExceeded[] {
  if (removed.length <= limit) return [];
  const description = `${removed.length} ${noun} would be removed, at most ${limit} may`;
  return [{ guard, subject: removed.slice(0, 5).join(", "), description }];
}

/** A virtual server that stays and loses real servers, with the names of those that it keeps. */
interface Losing {
  readonly name: string;
  readonly kept: ReadonlySet<string>;
}

/** Of those that are the same objects before and after nothing is looked at. */
function serversThatLose(before: BalancerModel, after: BalancerModel): readonly Losing[] {
  const same = new Set(after.virtualServers);
  const changed = before.virtualServers.filter((server) => !same.has(server));
  if (changed.length === 0) return [];
  const later = new Map(after.virtualServers.map((server) => [server.name, server]));
  return changed.flatMap(({ name, realServers }) => {
    const server = later.get(name);
    if (server === undefined) return [];
    const kept = new Set(server.realServers.map((realServer) => realServer.name));
    return realServers.every((realServer) => kept.has(realServer.name)) ? [] : [{ name, kept }];
  });
}

function lastHealthy(losing: readonly Losing[], healthyOf: HealthyOf): readonly GuardExceeded[] {
  return losing.flatMap(({ name, kept }) => {
    const healthy = healthyOf(name) ?? [];
    if (healthy.length === 0 || healthy.some((realServer) => kept.has(realServer))) return [];
    const description = `${healthy.join(", ")} would be removed, and no other real server of ${name} is up`;
    return [{ guard: "last_healthy_real_server", subject: name, description }];
  });
}

function ownAddress({ before, after, localAddress }: GuardedChange): readonly GuardExceeded[] {
  const [was, will] = [before, after].map(({ vrrp }) => localAddress && placeOf(vrrp, localAddress));
  if (localAddress === undefined || was === undefined) return [];
  if (was.interface === will?.interface && was.router === will.router) return [];
  const description = `this call came to ${localAddress}, which ${becomes(was, will)}`;
  return [{ guard: "connection_address", subject: localAddress, description }];
}

/** Where an address is: on which interface, and with which virtual router it comes and goes. */
interface Place {
  readonly interface: string;
  readonly router: string;
}

function placeOf({ instances, static: fixed }: VrrpModel, address: IpAddress): Place | undefined {
  for (const instance of instances) {
    const found = instance.virtualAddresses.find((one) => one.address === address);
    if (found !== undefined) return { interface: interfaceOf(instance, found), router: routerKey(instance) };
  }
  const found = fixed?.addresses.find((one) => one.address === address);
  return found && { interface: found.interface, router: "" };
}

/** With what a virtual MAC makes of it: another link is another interface, whatever its name. */
function interfaceOf({ virtualLink: link }: VrrpInstanceModel, { interface: name }: VirtualAddressModel): string {
  return link === undefined
    ? name
    : `${name} (${link.kind} on ${link.parent}, ${link.hardwareAddress ?? "its address"})`;
}

function becomes(was: Place, will: Place | undefined): string {
  if (will === undefined) return "would be removed";
  if (was.interface !== will.interface) return `would go from ${was.interface} to ${will.interface}`;
  return "would go away for a while, since another virtual router would hold it";
}

function addressesOf({ instances }: VrrpModel): readonly IpAddress[] {
  return instances.flatMap(({ virtualAddresses }) => virtualAddresses.map(({ address }) => address));
}

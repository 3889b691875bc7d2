// What an instance finds around it, told from the observed links and addresses: an interface that carries and an address to send from.

import { familyOf, formatInterfaceAddress, type IpAddress, isLinkLocal } from "../../base/address.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Link, LinkAddress } from "../../kernel/links.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type { Environment, Unready } from "./instance-state.ts";

/** The environment of an instance. `addresses` are those of its link; `isVirtual` says which of them are virtual addresses of this director. */
export function findEnvironment(
  config: VrrpInstanceModel,
  link: Link | undefined,
  addresses: readonly LinkAddress[],
  isVirtual: (address: IpAddress) => boolean,
): Environment {
  if (link === undefined) return { ready: false, missing: "interface" };
  if (config.ignoresOwnLink !== true && (!link.up || !link.running)) return { ready: false, missing: "link" };
  if (config.unicast?.peers.length === 0) return { ready: false, missing: "unicast peers" };
  const source = findSource(config, addresses, isVirtual);
  return source === undefined ? { ready: false, missing: "source address" } : { ready: true, source };
}

/**
 * The address to send from: the configured one if it is there; else the primary one (RFC 9568, section 1.7), which is the first that is
 * neither virtual nor secondary. An address owner may have no other than the virtual one: then it is that, if the kernel keeps it for ever.
 */
function findSource(
  config: VrrpInstanceModel,
  addresses: readonly LinkAddress[],
  isVirtual: (address: IpAddress) => boolean,
): IpAddress | undefined {
  const { sourceAddress, priority, virtualAddresses } = config;
  if (sourceAddress !== undefined)
    return addresses.find((one) => one.address === sourceAddress && isUsable(one))?.address;
  const usable = addresses.filter((one) => canSend(one, config));
  const own = usable.filter(({ address }) => !isVirtual(address));
  const primary = own.find(({ secondary }) => !secondary) ?? own[0];
  if (primary !== undefined || priority !== ownerPriority) return primary?.address;
  return usable.find(
    (one) => one.validFor === undefined && virtualAddresses.some(({ address }) => address === one.address),
  )?.address;
}

/**
 * In IPv6 advertisements come from the link-local address (RFC 9568, section 5.1.2.1); to peers that have none they must come from another
 * one, since a router does not forward what is link-local.
 */
function canSend(one: LinkAddress, { family, unicast }: VrrpInstanceModel): boolean {
  if (familyOf(one.address) !== family || !isUsable(one)) return false;
  if (family === "ipv4") return true;
  const peersAreNear = unicast?.peers.every(({ address }) => isLinkLocal(address)) ?? true;
  return isLinkLocal(one.address) === peersAreNear;
}

/** An IPv6 address is used once it is known to be unique. */
function isUsable({ tentative, duplicate }: LinkAddress): boolean {
  return !tentative && !duplicate;
}

/** Whether two environments are the same to an instance. */
export function isSameEnvironment(a: Environment, b: Environment): boolean {
  if (a.ready !== b.ready) return false;
  return a.ready && b.ready ? a.source === b.source : !a.ready && !b.ready && lackOf(a) === lackOf(b);
}

function lackOf(found: Unready): string {
  if (found.missing === "ownership") return `${found.missing} ${formatInterfaceAddress(found.address)}`;
  return "reason" in found ? found.reason : found.missing;
}

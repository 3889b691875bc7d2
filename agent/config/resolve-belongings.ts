// What an instance has in the kernel besides its addresses, and what is there whoever is master.

import type { VrrpInstanceModel, VrrpModel } from "./model.ts";
import type { StaticModel, SyncDaemonModel } from "./model-routing.ts";
import { resolveAddress } from "./resolve-addresses.ts";
import { resolveRoute, resolveRule } from "./resolve-routing.ts";
import { followedGroups } from "./resolve-track-groups.ts";
import { addressLinksOf, virtualLinkOf } from "./resolve-virtual-mac.ts";
import type { Settings, VrrpInstanceSettings } from "./schema/settings.ts";

/** The part of an instance's model that is about the kernel. What is not configured is left out. */
export function resolveBelongings(instance: VrrpInstanceSettings): Partial<VrrpInstanceModel> {
  const { noVirtualAddresses, promoteSecondaries, virtualRoutes, virtualRules } = instance;
  const virtualLink = virtualLinkOf(instance);
  const addressLinks = addressLinksOf(instance);
  return {
    ...(virtualLink !== undefined && { virtualLink }),
    ...(addressLinks.length > 0 && { addressLinks }),
    ...(!accepts(instance) && { accept: false }),
    ...(noVirtualAddresses && { withoutAddresses: true }),
    ...(promoteSecondaries && { promoteSecondaries }),
    ...(virtualRoutes.length > 0 && { routes: virtualRoutes.map(resolveRoute) }),
    ...(virtualRules.length > 0 && { rules: virtualRules.map(resolveRule) }),
  };
}

/** The instance without the settings that `resolveBelongings` resolves. */
export function withoutBelongings<T extends VrrpInstanceSettings>(instance: T) {
  const {
    excludedAddresses,
    noVirtualAddresses,
    promoteSecondaries,
    virtualRoutes,
    virtualRules,
    accept,
    virtualMac,
    virtualMacElsewhere,
    ipvlan,
    ...rest
  } = instance;
  return rest;
}

/** keepalived accepts where the RFC does not, unless it is told to be strict. */
function accepts({ accept, strictMode, priority }: VrrpInstanceSettings): boolean {
  return accept ?? (!strictMode || priority === addressOwner);
}

const addressOwner = 255;

/** What belongs to no instance alone. What is not configured is left out. */
export function resolveStatic(settings: Settings): Pick<VrrpModel, "static" | "syncDaemon"> {
  return { ...syncDaemonOf(settings), ...staticOf(settings) };
}

function syncDaemonOf({
  syncDaemon,
  vrrpInstances,
  ipvs: { networkNamespace },
}: Settings): Pick<VrrpModel, "syncDaemon"> {
  if (syncDaemon === undefined) return {};
  const { id, ...given } = syncDaemon;
  const followed = vrrpInstances.find(({ name }) => name === syncDaemon.instance);
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const where = networkNamespace === undefined ? {} : { networkNamespace };
  const daemon = { ...(known as unknown as typeof given), id: id ?? followed?.virtualRouterId ?? 0, ...where };
  return { syncDaemon: daemon as SyncDaemonModel };
}

function staticOf(settings: Settings): Pick<VrrpModel, "static"> {
  const { staticAddresses, staticRoutes, staticRules } = settings;
  if (staticAddresses.length + staticRoutes.length + staticRules.length === 0) return {};
  const names = followedGroups(settings);
  const trackGroups = names.map((name) => ({ name, ...objectsOf(settings, (group) => group === name) }));
  return { static: { ...objectsOf(settings, () => true), ...(trackGroups.length > 0 && { trackGroups }) } };
}

function objectsOf(
  { staticAddresses, staticRoutes, staticRules }: Settings,
  isMeant: (group: string | undefined) => boolean,
): StaticModel {
  const meant = ({ trackGroup }: { readonly trackGroup?: string | undefined }) => isMeant(trackGroup);
  return {
    addresses: staticAddresses.filter(meant).map((address) => resolveAddress(address, address.interface ?? "")),
    routes: staticRoutes.filter(meant).map(resolveRoute),
    rules: staticRules.filter(meant).map(resolveRule),
  };
}

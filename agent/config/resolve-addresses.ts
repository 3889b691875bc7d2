// Virtual addresses of settings to those of the model.

import { familyOf } from "../base/address.ts";
import type { AddressFlag } from "../kernel/links.ts";
import type { VirtualAddressModel } from "./model-routing.ts";
import { linkOfAddress } from "./resolve-virtual-mac.ts";
import type { VrrpInstanceSettings } from "./schema/settings.ts";
import type { VirtualAddressSettings } from "./schema/virtual-address.ts";

/** All addresses that the master holds: those that are advertised, then the others. */
export function resolveAddresses(instance: VrrpInstanceSettings): VirtualAddressModel[] {
  const resolve = (one: VirtualAddressSettings) => resolveAddress(one, linkOfAddress(instance, one));
  return [
    ...instance.virtualAddresses.map(resolve),
    ...instance.excludedAddresses.map((one) => ({ ...resolve(one), excluded: true })),
  ];
}

/** One address; what is not said of it is left out, and the kernel's choice. */
export function resolveAddress(settings: VirtualAddressSettings, interfaceName: string): VirtualAddressModel {
  const { address, broadcast, scope, label, peer, track } = settings;
  const flags = flagsOf(settings);
  return {
    address: address.address,
    prefixLength: peer?.prefixLength ?? address.prefixLength,
    interface: interfaceName,
    ...(broadcast !== undefined && { broadcast }),
    ...(scope !== undefined && scope !== "global" && { scope: scopeNumbers[scope] }),
    ...(label !== undefined && { label }),
    ...(peer !== undefined && { peer: peer.address }),
    ...(isDeprecated(settings) && { deprecated: true }),
    ...(flags.length > 0 && { flags }),
    ...(track === false && { untracked: true }),
  };
}

/** As keepalived has it: a host's IPv6 address would otherwise be chosen as the source of the director's own connections. */
function isDeprecated({ address, preferred }: VirtualAddressSettings): boolean {
  return !(preferred ?? !(familyOf(address.address) === "ipv6" && address.prefixLength === 128));
}

function flagsOf({ home, managesTemporary, prefixRoute, autojoin }: VirtualAddressSettings): AddressFlag[] {
  return [
    ...(home === true ? ["home" as const] : []),
    ...(managesTemporary === true ? ["mngtmpaddr" as const] : []),
    ...(prefixRoute === false ? ["noprefixroute" as const] : []),
    ...(autojoin === true ? ["autojoin" as const] : []),
  ];
}

/** RT_SCOPE_* of linux/rtnetlink.h. */
export const scopeNumbers = { global: 0, site: 200, link: 253, host: 254 } as const;

import type { Family } from "../base/address.ts";
import { familyOfInstance } from "./resolve-wire.ts";
import type { VrrpInstanceSettings } from "./schema/settings.ts";
import type { VirtualAddressSettings } from "./schema/virtual-address.ts";
import type { VirtualLinkModel } from "./virtual-link-model.ts";

/** The link of an instance's own; undefined when it has none. */
export function virtualLinkOf(instance: VrrpInstanceSettings): VirtualLinkModel | undefined {
  const { name, virtualMac, ipvlan, virtualRouterId: id, interface: parent = "" } = instance;
  const family = familyOfInstance(instance);
  if (virtualMac !== undefined)
    return {
      ...{ instance: name, kind: "macvlan", interface: virtualMac.interface ?? ownLinkName(instance), parent },
      hardwareAddress: hardwareAddressOf(virtualMac.hardwareAddress, family, id),
      family,
      advertisesOnParent: virtualMac.advertisesOnParent,
    };
  if (ipvlan === undefined) return undefined;
  const { isolation, interface: own = `ipvlan.${id}` } = ipvlan;
  // Both have one hardware address: nobody can tell from which of them an advertisement came.
  return { ...{ instance: name, kind: "ipvlan", interface: own, parent, family }, isolation, advertisesOnParent: true };
}

/** The links with the virtual MAC that single addresses are on, besides that of the instance. */
export function addressLinksOf(instance: VrrpInstanceSettings): readonly VirtualLinkModel[] {
  const addresses = [...instance.virtualAddresses, ...instance.excludedAddresses];
  const parents = new Set(addresses.flatMap((address) => parentOfAddress(instance, address) ?? []));
  const { name, virtualMac, virtualRouterId } = instance;
  const family = familyOfInstance(instance);
  return [...parents]
    .filter((parent) => parent !== instance.interface || virtualMac === undefined)
    .map((parent) => ({
      ...{ instance: name, kind: "macvlan", interface: addressLinkName(instance, parent), parent, family },
      hardwareAddress: hardwareAddressOf(virtualMac?.hardwareAddress, family, virtualRouterId),
      advertisesOnParent: true,
    }));
}

/** The interface of a virtual address: that which is said, or what the instance stands on, or one of its own on either. */
export function linkOfAddress(instance: VrrpInstanceSettings, address: VirtualAddressSettings): string {
  const parent = parentOfAddress(instance, address);
  const own = virtualLinkOf(instance);
  if (parent === undefined) return address.interface ?? own?.interface ?? instance.interface ?? "";
  return parent === instance.interface && own?.kind === "macvlan" ? own.interface : addressLinkName(instance, parent);
}

/** Where the interface of an address with a virtual MAC stands on; undefined for an address that has none by itself. */
function parentOfAddress(
  { virtualMacElsewhere, interface: own }: VrrpInstanceSettings,
  { virtualMac, interface: given }: VirtualAddressSettings,
): string | undefined {
  const isElsewhere = given !== undefined && given !== own;
  return (virtualMac ?? (virtualMacElsewhere && isElsewhere)) ? (given ?? own ?? "") : undefined;
}

/** vrrp.51 unless another prefix is wished; the same id may be used for both families on one interface, and each has a link of its own. */
function ownLinkName(instance: VrrpInstanceSettings, prefix = instance.virtualMacPrefix ?? usualPrefix): string {
  return `${prefix}${familyOfInstance(instance) === "ipv6" ? "6" : ""}.${instance.virtualRouterId}`;
}

/** vrrp.51 on the instance's interface, vrrp.51.eth1 on another one; of a name that is too long the end. */
function addressLinkName(instance: VrrpInstanceSettings, parent: string): string {
  const name = ownLinkName(instance, instance.virtualMacElsewherePrefix ?? instance.virtualMacPrefix);
  if (parent === instance.interface) return name;
  return `${name}.${parent.slice(-(longestName - name.length - 1))}`;
}

/** IFNAMSIZ without its zero. */
const longestName = 15;

const usualPrefix = "vrrp";

/** RFC 9568, section 7.3; keepalived adds the virtual router id to five bytes. */
function hardwareAddressOf(configured: string | undefined, family: Family, virtualRouterId: number): string {
  const given = (configured ?? `00:00:5e:00:${family === "ipv4" ? "01" : "02"}`).toLowerCase();
  const last = virtualRouterId.toString(16).padStart(2, "0");
  return given.length === "00:00:5e:00:01".length ? `${given}:${last}` : given;
}

import type { Family } from "../base/address.ts";
import { familyOfInstance } from "./resolve-wire.ts";
import type { VrrpInstanceSettings } from "./schema/settings.ts";
import type { VirtualLinkModel } from "./virtual-link-model.ts";

/** The link of an instance's own; undefined when it has none. */
export function virtualLinkOf(instance: VrrpInstanceSettings): VirtualLinkModel | undefined {
  const { name, virtualMac, ipvlan, virtualRouterId: id, interface: parent = "" } = instance;
  const family = familyOfInstance(instance);
  if (virtualMac !== undefined)
    return {
      ...{ instance: name, kind: "macvlan", interface: virtualMac.interface ?? `${prefixes[family]}.${id}`, parent },
      hardwareAddress: hardwareAddressOf(virtualMac.hardwareAddress, family, id),
      family,
      advertisesOnParent: virtualMac.advertisesOnParent,
    };
  if (ipvlan === undefined) return undefined;
  const { isolation, interface: own = `ipvlan.${id}` } = ipvlan;
  // Both have one hardware address: nobody can tell from which of them an advertisement came.
  return { ...{ instance: name, kind: "ipvlan", interface: own, parent, family }, isolation, advertisesOnParent: true };
}

/** The same id may be used for both families on one interface: each has a link of its own. */
const prefixes: Readonly<Record<Family, string>> = { ipv4: "vrrp", ipv6: "vrrp6" };

/** RFC 9568, section 7.3; keepalived adds the virtual router id to five bytes. */
function hardwareAddressOf(configured: string | undefined, family: Family, virtualRouterId: number): string {
  const given = (configured ?? `00:00:5e:00:${family === "ipv4" ? "01" : "02"}`).toLowerCase();
  const last = virtualRouterId.toString(16).padStart(2, "0");
  return given.length === "00:00:5e:00:01".length ? `${given}:${last}` : given;
}

import type { VrrpInstanceSettings } from "./schema/settings.ts";
import type { VirtualLinkModel } from "./virtual-link-model.ts";

/** The link of an instance's own; undefined when it has none. */
export function virtualLinkOf(instance: VrrpInstanceSettings): VirtualLinkModel | undefined {
  const { name, virtualMac, ipvlan, virtualRouterId: id, interface: parent = "" } = instance;
  if (virtualMac !== undefined)
    return {
      ...{ instance: name, kind: "macvlan", interface: virtualMac.interface ?? `vrrp.${id}`, parent },
      hardwareAddress: hardwareAddressOf(virtualMac.hardwareAddress, id),
      advertisesOnParent: virtualMac.advertisesOnParent,
    };
  if (ipvlan === undefined) return undefined;
  const { isolation, interface: own = `ipvlan.${id}` } = ipvlan;
  // Both have one hardware address: nobody can tell from which of them an advertisement came.
  return { ...{ instance: name, kind: "ipvlan", interface: own, parent }, isolation, advertisesOnParent: true };
}

/** RFC 9568, section 7.3; keepalived adds the virtual router id to five bytes. */
function hardwareAddressOf(configured: string | undefined, virtualRouterId: number): string {
  const given = (configured ?? "00:00:5e:00:01").toLowerCase();
  const last = virtualRouterId.toString(16).padStart(2, "0");
  return given.length === "00:00:5e:00:01".length ? `${given}:${last}` : given;
}

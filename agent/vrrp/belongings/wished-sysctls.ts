import type { VrrpInstanceModel } from "../../config/model.ts";

/** The network settings that these instances need, by path below /proc/sys/net. */
export function wishedSysctls(instances: readonly VrrpInstanceModel[]): ReadonlyMap<string, string> {
  return new Map(instances.flatMap(ofInstance));
}

function ofInstance(instance: VrrpInstanceModel): (readonly [string, string])[] {
  if (instance.promoteSecondaries !== true) return [];
  const names = new Set([instance.interface, ...instance.virtualAddresses.map(({ interface: link }) => link)]);
  return [...names].map((name) => [ipv4Setting(name, "promote_secondaries"), "1"]);
}

/** The path of a setting of an interface; in it the dots of a VLAN's name stay as they are. */
export function ipv4Setting(interfaceName: string, setting: string): string {
  return `ipv4/conf/${interfaceName}/${setting}`;
}

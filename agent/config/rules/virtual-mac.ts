// Rules about interfaces of an instance's own.

import { type Finding, pathText } from "../issue.ts";
import { addressLinksOf, virtualLinkOf } from "../resolve-virtual-mac.ts";
import type { VrrpInstanceSettings } from "../schema/settings.ts";
import type { VirtualLinkModel } from "../virtual-link-model.ts";
import { breach, duplicates } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;

/** The rules about all of them. */
export const virtualMacRules: readonly ((instances: readonly Instance[]) => Finding[])[] = [
  uniqueLinks,
  (instances) => instances.flatMap(oneKind),
  (instances) => instances.flatMap(besideIpvlan),
];

/** Two virtual routers cannot share an interface: each has a hardware address of its own. */
function uniqueLinks(instances: readonly Instance[]): Finding[] {
  return duplicates(
    instances.flatMap(({ path, value }) => linksOf(value).map((link) => ({ path, value: link }))),
    ({ interface: name }) => name,
    ({ interface: name, instance }, first) =>
      `instance ${instance} would have an interface ${name} of its own, which is already one of ${pathText(first)}: say another name in virtual_mac, or give the interfaces names that end differently`,
  );
}

function linksOf(instance: VrrpInstanceSettings): readonly VirtualLinkModel[] {
  const own = virtualLinkOf(instance);
  return own === undefined ? addressLinksOf(instance) : [own, ...addressLinksOf(instance)];
}

/** The kernel has macvlan or ipvlan on an interface, not both. */
function besideIpvlan({ path, value }: Instance): Finding[] {
  if (value.ipvlan === undefined || !addressLinksOf(value).some(({ parent }) => parent === value.interface)) return [];
  const what = `${value.interface} has an ipvlan interface already`;
  return [breach([...path, "ipvlan"], what, "no ipvlan, or no virtual_mac of addresses there")];
}

function oneKind({ path, value }: Instance): Finding[] {
  const { virtualMac, ipvlan, interface: link, strictMode, unicast } = value;
  const own = virtualLinkOf(value);
  if (own === undefined) return [];
  return [
    ...(virtualMac !== undefined && ipvlan !== undefined
      ? [breach([...path, "ipvlan"], "there is a virtual MAC already", "one of virtual_mac and ipvlan")]
      : []),
    ...(own.interface === link
      ? [breach(path, `the interface ${link} cannot stand on itself`, "another name for the interface that is made")]
      : []),
    ...(link === undefined ? [breach(path, "an interface of its own needs one to stand on", "interface: NAME")] : []),
    ...(virtualMac?.advertisesOnParent === false && unicast.peers.length > 0
      ? [
          breach(
            [...path, "virtualMac", "advertisesOnParent"],
            "what peers answer to this director's address does not reach the virtual MAC",
            "true with unicast peers",
          ),
        ]
      : []),
    ...(strictMode && virtualMac?.advertisesOnParent === true
      ? [
          breach(
            [...path, "virtualMac", "advertisesOnParent"],
            "strict mode: advertisements leave by the virtual MAC",
            "false",
          ),
        ]
      : []),
  ];
}

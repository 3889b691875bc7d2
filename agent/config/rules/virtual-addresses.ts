// Rules about the virtual addresses of an instance, in advertisements or not.

import { familyOf } from "../../base/address.ts";
import type { Finding, Path } from "../issue.ts";
import type { VrrpInstanceSettings } from "../schema/settings.ts";
import type { VirtualAddressSettings } from "../schema/virtual-address.ts";
import { breach } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;

/** The virtual addresses of an instance with their places. */
export function addressesWithin({ path, value }: Instance): readonly Entry<VirtualAddressSettings>[] {
  const at = (field: "virtualAddresses" | "excludedAddresses") =>
    value[field].map((address, index) => ({ path: [...path, field, index], value: address }));
  return [...at("virtualAddresses"), ...at("excludedAddresses")];
}

/** The count is one byte of the advertisement (RFC 9568, section 5.2.5). */
export function addressCount({ path, value }: Instance): Finding[] {
  const count = value.virtualAddresses.length;
  const at = [...path, "virtualAddresses"];
  if (count === 0 && !value.noVirtualAddresses)
    return [
      breach(
        at,
        `instance ${value.name} has no virtual addresses`,
        "1 to 255 addresses, or no_virtual_addresses: true if none is meant",
      ),
    ];
  return count > 255
    ? [
        breach(
          at,
          `${count} virtual addresses do not fit an advertisement`,
          "1 to 255 addresses; more can be excluded_addresses",
        ),
      ]
    : [];
}

/** What only one of the families has. */
export function addressOptions(instance: Instance): Finding[] {
  return addressesWithin(instance).flatMap(optionsOfFamily);
}

/** A static address: there is no instance whose interface it could be on. */
export function staticAddress(entry: Entry<VirtualAddressSettings>): Finding[] {
  const { path, value } = entry;
  const missing = breach([...path, "interface"], "a static address names its interface", "interface: NAME");
  const withMac = breach(
    [...path, "virtualMac"],
    "a static address belongs to no virtual router",
    "no virtual_mac here",
  );
  return [
    ...(value.interface === undefined ? [missing] : []),
    ...(value.virtualMac === true ? [withMac] : []),
    ...optionsOfFamily(entry),
  ];
}

function optionsOfFamily({ path, value }: Entry<VirtualAddressSettings>): Finding[] {
  return familyOf(value.address.address) === "ipv4" ? onlyOfIpv6(path, value) : onlyOfIpv4(path, value);
}

function onlyOfIpv4(path: Path, value: VirtualAddressSettings): Finding[] {
  return [
    ...(["label", "broadcast"] as const).flatMap((field) =>
      value[field] === undefined
        ? []
        : [breach([...path, field], `an IPv6 address has no ${field}`, `no ${field} here`)],
    ),
    ...peerFamily(path, value),
  ];
}

function onlyOfIpv6(path: Path, value: VirtualAddressSettings): Finding[] {
  return [
    ...(["home", "managesTemporary"] as const).flatMap((field) =>
      value[field] === true ? [breach([...path, field], "only IPv6 addresses have this", "an IPv6 address")] : [],
    ),
    ...(value.broadcast !== undefined && familyOf(value.broadcast) !== "ipv4"
      ? [breach([...path, "broadcast"], `${value.broadcast} is not IPv4`, "an IPv4 address")]
      : []),
    ...peerFamily(path, value),
  ];
}

function peerFamily(path: Path, { address, peer }: VirtualAddressSettings): Finding[] {
  if (peer === undefined || familyOf(peer.address) === familyOf(address.address)) return [];
  return [breach([...path, "peer"], `${peer.address} is of the other family`, "an address of the same family")];
}

// What the family of an instance demands of its addresses, its version and its group.

import { familyOf, type IpAddress, isLinkLocal, isMulticast } from "../../base/address.ts";
import type { Finding, Path } from "../issue.ts";
import { familyOfInstance, groupOfInstance, versionOfInstance } from "../resolve-wire.ts";
import type { VrrpInstanceSettings } from "../schema/settings.ts";
import { breach, doubt } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;

const names = { ipv4: "IPv4", ipv6: "IPv6" } as const;

/** An advertisement has addresses of one family (RFC 9568, section 5.2.9), and travels in it. */
export function families(instance: Instance): Finding[] {
  const family = familyOfInstance(instance.value);
  return addressesOfFamily(instance).flatMap(({ path, value }) =>
    familyOf(value) === family
      ? []
      : [
          breach(
            path,
            `${value} is ${names[familyOf(value)]}, and the instance is ${names[family]} by its first virtual address`,
            `an ${names[family]} address; of the other family an instance of its own, or excluded_addresses`,
          ),
        ],
  );
}

function addressesOfFamily({ path, value }: Instance): readonly Entry<IpAddress>[] {
  const given = (key: "sourceAddress" | "multicastGroup"): Entry<IpAddress>[] => {
    const address = value[key];
    return address === undefined ? [] : [{ path: [...path, key], value: address }];
  };
  const virtual = value.virtualAddresses.map(({ address }, index) => ({
    path: [...path, "virtualAddresses", index] as Path,
    value: address.address,
  }));
  return [...given("sourceAddress"), ...given("multicastGroup"), ...virtual];
}

/** Version 2 is of IPv4 only (RFC 3768). */
export function versionOfFamily({ path, value }: Instance): Finding[] {
  if (familyOfInstance(value) === "ipv4" || versionOfInstance(value) === 3) return [];
  return [breach([...path, "version"], "version 2 has no IPv6", "version 3, or no version")];
}

/** RFC 9568, section 5.2.9: the first address is the link-local one of the virtual router. keepalived warns, and in strict mode refuses. */
export function firstAddress({ path, value }: Instance): Finding[] {
  const first = value.virtualAddresses[0]?.address.address;
  if (first === undefined || familyOf(first) === "ipv4" || isLinkLocal(first)) return [];
  const judge = value.strictMode ? breach : doubt;
  return [
    judge(
      [...path, "virtualAddresses", 0],
      `${first} is not link-local, which the first IPv6 address should be (RFC 9568, section 5.2.9)`,
      "an address like fe80::100 first",
    ),
  ];
}

/** Whether the group is one. */
export function multicastGroup({ path, value }: Instance): Finding[] {
  const group = groupOfInstance(value);
  if (isMulticast(group)) return [];
  return [
    breach([...path, "multicastGroup"], `${group} is not a multicast group`, "for instance 224.0.0.18 or ff02::12"),
  ];
}

import { isLinkLocal } from "../../base/address.ts";
import { formatDuration } from "../../base/duration.ts";
import { type Finding, pathText } from "../issue.ts";
import { familyOfInstance, versionOfInstance } from "../resolve-wire.ts";
import type { VrrpInstanceSettings } from "../schema/settings.ts";
import { breach, duplicates, inEach, passwordTwice } from "./breach.ts";
import type { Entry } from "./entry.ts";
import { families, firstAddress, multicastGroup, versionOfFamily } from "./families.ts";
import { routeBreaches, ruleBreaches } from "./routing.ts";
import { addressCount, addressesWithin, addressOptions } from "./virtual-addresses.ts";
import { uniquePaths, wireRules } from "./wire.ts";

type Instance = Entry<VrrpInstanceSettings>;

/** The rules about VRRP instances. */
export const vrrpRules: readonly ((instances: readonly Instance[]) => Finding[])[] = [
  uniqueNames,
  uniqueRouters,
  uniqueAddresses,
  inEach(addressCount),
  inEach(addressOptions),
  inEach(routing),
  inEach(families),
  inEach(versionOfFamily),
  inEach(firstAddress),
  inEach(interval),
  inEach(authentication),
  inEach(multicastGroup),
  inEach(ownSource),
  uniquePaths,
  ...wireRules,
];

function uniqueNames(instances: readonly Instance[]): Finding[] {
  return duplicates(
    instances,
    ({ name }) => name,
    ({ name }, first) => `there is another instance ${JSON.stringify(name)} at ${pathText(first)}`,
    "name",
  );
}

/** A virtual router is an id on an interface, for each family (RFC 9568, section 5.2.3). */
function uniqueRouters(instances: readonly Instance[]): Finding[] {
  return duplicates(
    instances,
    (instance) => `${instance.virtualRouterId} ${instance.interface ?? ""} ${familyOfInstance(instance)}`,
    (instance, first) =>
      `virtual router id ${instance.virtualRouterId} is already used${instance.interface === undefined ? "" : ` on ${instance.interface}`} by ${pathText(first)}`,
    "virtualRouterId",
  );
}

function uniqueAddresses(instances: readonly Instance[]): Finding[] {
  const addresses = instances.flatMap(({ path, value }) =>
    addressesWithin({ path, value }).map((entry) => ({
      path: entry.path,
      value: { ...entry.value.address, link: entry.value.interface ?? value.interface },
    })),
  );
  // A link-local address is another one on each link (RFC 4291, section 2.5.6). keepalived takes any of them twice, and so do we: it is advertised as
  // often as it is given, and held while one of its instances is master.
  return duplicates(
    addresses,
    ({ address, link }) => (isLinkLocal(address) ? `${address} ${link}` : address),
    ({ address }, first) => `virtual address ${address} is already held at ${pathText(first)}`,
  ).map((finding) => ({ ...finding, severity: "warning", code: "doubtful" }));
}

function routing({ path, value }: Instance): Finding[] {
  const within = <T>(field: string, list: readonly T[]) =>
    list.map((one, index) => ({ path: [...path, field, index], value: one }));
  return [
    ...within("virtualRoutes", value.virtualRoutes).flatMap(routeBreaches),
    ...within("virtualRules", value.virtualRules).flatMap(ruleBreaches),
  ];
}

/** RFC 3768, section 5.3.7: seconds in one byte; RFC 9568, section 5.2.7: centiseconds in twelve bits. */
function interval({ path, value }: Instance): Finding[] {
  const { advertisementInterval } = value;
  const version = versionOfInstance(value);
  const at = [...path, "advertisementInterval"];
  const shown = formatDuration(advertisementInterval);
  if (version === 2 && (advertisementInterval % 1000 !== 0 || advertisementInterval < 1000))
    return [breach(at, `${shown} cannot be advertised in version 2`, "1s to 255s in whole seconds, or version 3")];
  if (version === 3 && (advertisementInterval % 10 !== 0 || advertisementInterval > 40_950))
    return [breach(at, `${shown} cannot be advertised in version 3`, "10ms to 40.95s in steps of 10ms")];
  return [];
}

function authentication({ path, value }: Instance): Finding[] {
  const { type, password, passwordFile } = value.authentication;
  const at = [...path, "authentication"];
  if (type === "none")
    return password === undefined && passwordFile === undefined
      ? []
      : [breach([...at, "type"], "a password is given, and type none", "type pass")];
  return [
    ...(password === undefined && passwordFile === undefined
      ? [breach([...at, "password"], `type ${type} needs a password`, "1 to 8 characters")]
      : []),
    ...passwordTwice(at, value.authentication),
    ...(versionOfInstance(value) === 3
      ? [breach([...at, "type"], "version 3 has no authentication (RFC 9568, section 9)", "type none, or version 2")]
      : []),
  ];
}

/** A virtual address is not there while another director is master: only its owner can always send from it (RFC 9568, section 1.7). */
function ownSource({ path, value }: Instance): Finding[] {
  const { sourceAddress, virtualAddresses, priority } = value;
  if (sourceAddress === undefined || priority === 255) return [];
  if (!virtualAddresses.some(({ address }) => address.address === sourceAddress)) return [];
  return [
    breach(
      [...path, "sourceAddress"],
      `${sourceAddress} is one of the virtual addresses, and only their owner can send from it`,
      "another address of this director, or priority 255 if it owns the address",
    ),
  ];
}

// Rules about the ways of an instance: unicast peers, heartbeat paths, and the keys that sign what goes by them.

import { familyOf, type IpAddress, isMulticast } from "../../base/address.ts";
import { type Finding, type Path, pathText } from "../issue.ts";
import { familyOfInstance, hexOfKey } from "../resolve-wire.ts";
import type { VrrpInstanceSettings } from "../schema/settings.ts";
import type { UnicastPeerSettings } from "../schema/unicast.ts";
import { breach, doubt, duplicates, inEach } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;

/** The rules about each instance's ways. */
export const wireRules: readonly ((instances: readonly Instance[]) => Finding[])[] = [
  inEach(boundToInterface),
  inEach(peers),
  inEach(pathFamilies),
  inEach(strictUnicast),
  inEach(hmacKeys),
  inEach(hmacAlone),
];

/** A virtual router id is one virtual router's on each segment, also on those of heartbeat paths. */
export function uniquePaths(instances: readonly Instance[]): Finding[] {
  const ways = instances.flatMap(({ path, value }) => {
    const key = (link: string) => `${value.virtualRouterId} ${link} ${familyOfInstance(value)}`;
    const further = value.heartbeatPaths.map((one, index) => ({
      path: [...path, "heartbeatPaths", index],
      value: key(one.interface),
    }));
    return value.interface === undefined ? further : [{ path, value: key(value.interface) }, ...further];
  });
  return duplicates(
    ways,
    (key) => key,
    (_, first) => `the virtual router id is already used on this interface at ${pathText(first)}`,
  ).filter(({ path }) => path.includes("heartbeatPaths"));
}

/** Without an interface the source says where the instance is, and each address where it belongs. */
function boundToInterface({ path, value }: Instance): Finding[] {
  if (value.interface !== undefined)
    return value.vrf === undefined
      ? []
      : [doubt([...path, "vrf"], "has no effect: the interface says which VRF it is in", "no vrf, or no interface")];
  if (value.unicast.peers.length === 0 || value.sourceAddress === undefined)
    return [
      breach([...path, "interface"], "is missing", "an interface like eth0, or unicast peers and a source_address"),
    ];
  const homeless = (field: "virtualAddresses" | "excludedAddresses") =>
    value[field].flatMap((address, index) =>
      address.interface === undefined
        ? [
            breach(
              [...path, field, index],
              `${address.address.address} has no interface, and neither has the instance`,
              "an interface for this address",
            ),
          ]
        : [],
    );
  return [...homeless("virtualAddresses"), ...homeless("excludedAddresses")];
}

function peers({ path, value }: Instance): Finding[] {
  const at = [...path, "unicast", "peers"];
  const entries = value.unicast.peers.map((peer, index) => ({ path: [...at, index], value: peer }));
  return [...peersOf(entries, value), ...groupUnused({ path, value })];
}

function groupUnused({ path, value }: Instance): Finding[] {
  if (value.unicast.peers.length === 0 || value.multicastGroup === undefined) return [];
  return [doubt([...path, "multicastGroup"], "has no effect with unicast peers")];
}

function peersOf(entries: readonly Entry<UnicastPeerSettings>[], instance: VrrpInstanceSettings): Finding[] {
  const twice = duplicates(
    entries,
    ({ address }) => address,
    ({ address }, first) => `${address} is already a peer at ${pathText(first)}`,
  );
  return [...twice, ...entries.flatMap((entry) => peerBreaches(entry, instance))];
}

function peerBreaches({ path, value }: Entry<UnicastPeerSettings>, instance: VrrpInstanceSettings): Finding[] {
  const { address, minTtl = 0, maxTtl = 255 } = value;
  return [
    ...otherFamily(path, address, instance),
    ...(isMulticast(address) ? [breach(path, `${address} is a multicast group`, "the address of one director")] : []),
    ...(address === instance.sourceAddress ? [breach(path, `${address} is our own source address`)] : []),
    ...(minTtl > maxTtl ? [breach(path, `min_ttl ${minTtl} is above max_ttl ${maxTtl}`)] : []),
  ];
}

function otherFamily(path: Path, address: IpAddress, instance: VrrpInstanceSettings): Finding[] {
  const family = familyOfInstance(instance);
  if (familyOf(address) === family) return [];
  return [breach(path, `${address} is of the other family`, family === "ipv4" ? "an IPv4 address" : "an IPv6 address")];
}

function pathFamilies({ path, value }: Instance): Finding[] {
  return value.heartbeatPaths.flatMap(({ sourceAddress, multicastGroup, peers: own }, index) => {
    const at = [...path, "heartbeatPaths", index];
    const given = { sourceAddress, multicastGroup };
    const wrong = Object.entries(given).flatMap(([key, address]) =>
      address === undefined ? [] : otherFamily([...at, key], address, value),
    );
    const group =
      multicastGroup !== undefined && !isMulticast(multicastGroup)
        ? [breach([...at, "multicastGroup"], `${multicastGroup} is not a multicast group`)]
        : [];
    const entries = own.map((peer, place) => ({ path: [...at, "peers", place], value: peer }));
    return [...wrong, ...group, ...peersOf(entries, value)];
  });
}

/** keepalived's strict mode has no unicast. */
function strictUnicast({ path, value }: Instance): Finding[] {
  if (!value.strictMode || value.unicast.peers.length === 0) return [];
  return [breach([...path, "unicast"], "strict mode: advertisements are multicast", "no peers")];
}

function hmacKeys({ path, value }: Instance): Finding[] {
  const { authHmac } = value;
  if (authHmac === undefined) return [];
  const { keys, activeKey } = authHmac;
  const at = [...path, "authHmac"];
  const entries = keys.map((key, index) => ({ path: [...at, "keys", index], value: key }));
  const twice = duplicates(
    entries,
    ({ id }) => String(id),
    ({ id }, first) => `key ${id} is already given at ${pathText(first)}`,
  );
  const unknown =
    activeKey === undefined || keys.some(({ id }) => id === activeKey)
      ? []
      : [
          breach(
            [...at, "activeKey"],
            `there is no key ${activeKey}`,
            `one of ${[...new Set(keys.map(({ id }) => id))].join(", ")}`,
          ),
        ];
  const sourceless = entries.flatMap(({ path: place, value: { id, key, file } }) =>
    (key === undefined) === (file === undefined)
      ? [breach(place, `key ${id} needs either the key or the file that has it`, "key or file")]
      : [],
  );
  return [...twice, ...unknown, ...sourceless, ...sameKeys(entries)];
}

/** Two numbers for one key make a rotation that changes nothing. */
function sameKeys(entries: readonly Entry<{ readonly id: number; readonly key?: string | undefined }>[]): Finding[] {
  return duplicates(
    entries,
    ({ key }) => key && hexOfKey(key),
    ({ id }, first) => `key ${id} is the same as that at ${pathText(first)}`,
  ).map((finding) => ({ ...finding, severity: "warning" }));
}

/** As in keepalived: one or the other. */
function hmacAlone({ path, value }: Instance): Finding[] {
  if (value.authHmac === undefined || value.authentication.type === "none") return [];
  return [breach([...path, "authHmac"], "excludes authentication", "one of the two")];
}

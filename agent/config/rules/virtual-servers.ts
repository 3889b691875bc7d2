import { serviceKeyText } from "../../kernel/ipvs.ts";
import { type Finding, pathText } from "../issue.ts";
import { serviceFamily, serviceKeysOf, serviceName } from "../resolve-service.ts";
import type { VirtualServerSettings } from "../schema/settings.ts";
import { breach, doubt, duplicates, inEach } from "./breach.ts";
import type { Entry } from "./entry.ts";
import { markedTraffic, overlappingTraffic } from "./marked-traffic.ts";
import { servicesIdentity } from "./services.ts";

type Server = Entry<VirtualServerSettings>;

/** The rules about virtual servers, without those about their real servers. */
export const virtualServerRules: readonly ((servers: readonly Server[]) => Finding[])[] = [
  uniqueKeys,
  uniqueNames,
  inEach(identity),
  inEach(markedTraffic),
  overlappingTraffic,
  inEach(persistence),
  inEach(flags),
  inEach(datagramsOnly),
  inEach(notEmpty),
  inEach(slowStart),
];

function uniqueKeys(servers: readonly Server[]): Finding[] {
  const keys = servers.flatMap(({ path, value }) =>
    serviceKeysOf(value).map((key) => ({ path, value: serviceKeyText(key) })),
  );
  return duplicates(
    keys,
    (key) => key,
    (key, first) => `${key} is already served at ${pathText(first)}`,
  );
}

function uniqueNames(servers: readonly Server[]): Finding[] {
  const named = servers.filter(({ value }) => value.name !== undefined);
  const names = new Set(named.map(({ value }) => value.name));
  // A chosen name may also hit the name that another one has by default; two equal defaults are two equal keys, said above.
  const involved = servers.filter(({ value }) => value.name !== undefined || names.has(serviceName(value)));
  return duplicates(
    involved,
    serviceName,
    (server, first) => `the name ${JSON.stringify(serviceName(server))} is already used at ${pathText(first)}`,
    "name",
  );
}

function identity({ path, value }: Server): Finding[] {
  if (value.services.length > 0) return servicesIdentity({ path, value });
  return value.firewallMark === undefined ? addressIdentity(path, value) : markIdentity(path, value);
}

function addressIdentity(path: Server["path"], value: VirtualServerSettings): Finding[] {
  if (value.address === undefined)
    return [breach(path, "the virtual server has neither address nor firewall_mark nor services", "one of them")];
  return [
    ...(value.port === undefined ? [breach([...path, "port"], "port is missing", "1 to 65535")] : []),
    ...(value.protocol === undefined ? [breach([...path, "protocol"], "protocol is missing", "tcp, udp or sctp")] : []),
    ...(value.family === undefined
      ? []
      : [breach([...path, "family"], "family goes with firewall_mark only: an address tells its own family")]),
  ];
}

function markIdentity(path: Server["path"], value: VirtualServerSettings): Finding[] {
  return (["address", "port", "protocol"] as const).flatMap((field) =>
    value[field] === undefined
      ? []
      : [breach([...path, field], `${field} has no meaning with firewall_mark: the mark selects the packets`)],
  );
}

function persistence({ path, value }: Server): Finding[] {
  const bits = serviceFamily(value) === "ipv4" ? 32 : 128;
  const granularity = value.persistenceGranularity;
  if (value.persistenceTimeout === undefined)
    return (["persistenceGranularity", "persistenceEngine"] as const)
      .filter((field) => value[field] !== undefined)
      .map((field) => breach([...path, field], "has no meaning without persistence", "persistence_timeout as well"))
      .concat(
        takesAllPorts(value)
          ? [
              breach(
                value.services.length > 0 ? [...path, "services"] : [...path, "port"],
                "port 0 takes all ports and needs persistence",
                "persistence_timeout, or a port",
              ),
            ]
          : [],
      );
  return granularity !== undefined && granularity > bits
    ? [breach([...path, "persistenceGranularity"], `${granularity} is too large`, `a whole number from 1 to ${bits}`)]
    : [];
}

function takesAllPorts({ port, firewallMark, services }: VirtualServerSettings): boolean {
  return (port === 0 && firewallMark === undefined) || services.some((service) => service.port === 0);
}

function flags({ path, value }: Server): Finding[] {
  return value.schedulerFlags.flatMap((flag, index) => {
    const scheduler = flag.slice(0, 2);
    if (scheduler === "fl" || scheduler === value.scheduler) return [];
    return [
      breach(
        [...path, "schedulerFlags", index],
        `${flag} has no meaning with scheduler ${value.scheduler}`,
        `scheduler ${scheduler}`,
      ),
    ];
  });
}

function datagramsOnly({ path, value }: Server): Finding[] {
  if (value.protocol === undefined || value.protocol === "udp") return [];
  return [
    ...(value.onePacket
      ? [breach([...path, "onePacket"], `one-packet scheduling is not possible with ${value.protocol}`, "protocol udp")]
      : []),
    ...(value.persistenceEngine === "sip"
      ? [
          breach(
            [...path, "persistenceEngine"],
            `the engine sip is not possible with ${value.protocol}`,
            "protocol udp",
          ),
        ]
      : []),
  ];
}

function slowStart({ path, value }: Server): Finding[] {
  if (value.slowStart === undefined || value.realServers.some(({ weight }) => weight > 1)) return [];
  const message = "has no effect: a weight of 1 has no steps below it";
  return [doubt([...path, "slowStart"], message, "weights like 100 for the real servers")];
}

function notEmpty({ path, value }: Server): Finding[] {
  return value.realServers.length > 0
    ? []
    : [doubt([...path, "realServers"], "there are no real servers: clients will be refused", "at least one")];
}

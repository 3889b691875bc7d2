import { familyOf } from "../../base/address.ts";
import type { Finding, Path } from "../issue.ts";
import { serviceFamily } from "../resolve-service.ts";
import type { VirtualServerSettings } from "../schema/settings.ts";
import { breach } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Service = VirtualServerSettings["services"][number];

/** What is wrong with the list of services of a virtual server that has one: it identifies the virtual server alone, and all of it is of one family. */
export function servicesIdentity({ path, value }: Entry<VirtualServerSettings>): Finding[] {
  const { services, protocol } = value;
  const family = serviceFamily(value);
  const needsProtocol = services.some(({ firewallMark }) => firewallMark === undefined);
  return [
    ...(["address", "port", "firewallMark"] as const)
      .filter((field) => value[field] !== undefined)
      .map((field) => breach([...path, field], "goes with one service only, and services lists them", "no services")),
    ...(needsProtocol && protocol === undefined
      ? [breach([...path, "protocol"], "protocol is missing", "tcp, udp or sctp")]
      : []),
    ...services.flatMap((service, index) => serviceBreaches([...path, "services", index], service, family)),
  ];
}

function serviceBreaches(path: Path, service: Service, family: string): Finding[] {
  const { address, port, firewallMark } = service;
  if (firewallMark !== undefined) return markBreaches(path, service, family);
  if (address === undefined) return [breach(path, "the service has neither address nor firewall_mark", "one of them")];
  return [
    ...(port === undefined ? [breach([...path, "port"], "port is missing", "1 to 65535")] : []),
    ...(service.family === undefined
      ? []
      : [breach([...path, "family"], "family goes with firewall_mark only: an address tells its own family")]),
    ...otherFamily([...path, "address"], familyOf(address.first), family),
  ];
}

function markBreaches(path: Path, service: Service, family: string): Finding[] {
  return [
    ...(["address", "port"] as const)
      .filter((field) => service[field] !== undefined)
      .map((field) =>
        breach([...path, field], `${field} has no meaning with firewall_mark: the mark selects the packets`),
      ),
    ...otherFamily([...path, "family"], service.family ?? family, family),
  ];
}

function otherFamily(path: Path, found: string, wanted: string): Finding[] {
  if (found === wanted) return [];
  return [breach(path, `is ${found}, and another service of the virtual server ${wanted}`, "services of one family")];
}

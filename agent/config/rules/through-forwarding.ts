// The rules about checks by the way that clients' packets take.

import { familyOf, formatEndpoint } from "../../base/address.ts";
import { askedTarget, forwardedTraffic, forwards, forwardsUnsaid } from "../forwarded-traffic.ts";
import type { Finding, Path } from "../issue.ts";
import type { CheckSettings } from "../resolve-probes.ts";
import { forwardingOf } from "../resolve-service.ts";
import type { RealServerSettings, VirtualServerSettings } from "../schema/settings.ts";
import { breach } from "./breach.ts";

/** Where packets come from is chosen by address alone. */
const ownSource = ["bindPort", "bindInterface", "mark"] as const;

/** What such a check breaks. */
export function throughForwarding(
  at: (...more: Path) => Path,
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  check: CheckSettings<"tcp">,
): readonly Finding[] {
  const found = target(at, server, realServer, check);
  for (const field of ownSource)
    if (check[field] !== undefined)
      found.push(breach(at(field), "has no meaning with through_forwarding: it goes where clients' packets go"));
  return found;
}

function target(
  at: (...more: Path) => Path,
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  check: CheckSettings<"tcp">,
): Finding[] {
  const complain = (message: string, expected?: string) => [breach(at("throughForwarding"), message, expected)];
  const { method } = forwardingOf(server, realServer);
  if (method === "masquerade")
    return complain(
      "has no meaning with masquerade: packets get the real server's own address",
      "forwarding direct or tunnel",
    );
  const traffic = forwardedTraffic(server);
  if (traffic.length === 0 && !forwardsUnsaid(server)) return complain("needs a virtual server of tcp");
  const { address, port } = askedTarget(server, check);
  const missing = address === undefined ? "address" : port === undefined ? "port" : undefined;
  if (address === undefined || port === undefined)
    return complain(
      `does not know the ${missing} to ask: the virtual server names none`,
      `${missing} of the checker as well, which is then asked on the real server`,
    );
  if (!forwardsUnsaid(server) && !traffic.some((one) => forwards(one, address, port)))
    return complain(`asks ${formatEndpoint(address, port)}, which the virtual server does not forward`);
  if (method === "direct" && familyOf(address) !== familyOf(realServer.address))
    return complain("needs both addresses of one family");
  const { bindAddress: bound } = check;
  if (bound === undefined || familyOf(bound) === familyOf(address)) return [];
  return [breach(at("bindAddress"), `${bound} cannot reach ${address}`, `an ${familyOf(address)} address`)];
}

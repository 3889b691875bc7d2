import { familyOf } from "../../base/address.ts";
import type { Finding } from "../issue.ts";
import { forwardingMethodOf, serviceFamily } from "../resolve-service.ts";
import type { VirtualServerSettings } from "../schema/settings.ts";
import { breach, doubt, inEach } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Server = Entry<VirtualServerSettings>;

/** The rules about quorums and sorry servers. */
export const quorumRules: readonly ((servers: readonly Server[]) => readonly Finding[])[] = [
  inEach(reachable),
  inEach(hysteresis),
  inEach(sorryServer),
];

const nothing: readonly Finding[] = [];

/** No mistake, since weights may be taken away for a while. */
function reachable({ path, value }: Server): readonly Finding[] {
  const { quorum, realServers } = value;
  if (quorum === 1 && value.hysteresis === 0) return nothing;
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0);
  if (quorum > total)
    return [doubt([...path, "quorum"], `${quorum} is more than the weights of all real servers together, ${total}`)];
  const needed = quorum + value.hysteresis;
  if (needed <= total) return nothing;
  const message = `a quorum that is not there comes at ${needed}, more than the weights of all real servers together, ${total}: it never will`;
  return [doubt([...path, "hysteresis"], message)];
}

function hysteresis({ path, value }: Server): readonly Finding[] {
  if (value.hysteresis < value.quorum) return nothing;
  const message = `${value.hysteresis} is not below the quorum of ${value.quorum}: it would never be lost`;
  return [breach([...path, "hysteresis"], message, `0 to ${value.quorum - 1}`)];
}

function sorryServer({ path, value }: Server): readonly Finding[] {
  const { sorryServer } = value;
  if (sorryServer === undefined) return nothing;
  const at = [...path, "sorryServer"];
  const method = forwardingMethodOf(value, sorryServer);
  const family = serviceFamily(value);
  return [
    ...(familyOf(sorryServer.address) === family || method === "tunnel"
      ? []
      : [breach([...at, "address"], `${sorryServer.address} is not ${family}`, `an ${family} address, or a tunnel`)]),
    ...(sorryServer.tunnel === undefined || method === "tunnel"
      ? []
      : [breach([...at, "tunnel"], `has no meaning with forwarding ${method}`, "forwarding tunnel")]),
    ...(value.realServers.some(({ address, port }) => address === sorryServer.address && port === sorryServer.port)
      ? [breach([...at, "address"], `${sorryServer.address} is a real server of this virtual server as well`)]
      : []),
  ];
}

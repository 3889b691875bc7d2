// Why a virtual server has its quorum or not.

import type { VirtualServerView } from "../../balancer/view.ts";
import type { Reasoning } from "./reasoning.ts";

/** The virtual server's state with what led to it. */
export function explainVirtualServer(server: VirtualServerView): Reasoning {
  const { name, realServers, quorum, present, service } = server;
  const down = realServers.filter(({ up }) => !up);
  const count = `${realServers.length - down.length} of ${realServers.length} real servers are up`;
  return {
    answer: `${name} has ${quorum.up ? "its quorum" : "no quorum"}: ${count}`,
    because: [
      ...(present ? [] : [`the kernel does not have the service ${service}`]),
      ...quorumSentences(server),
      ...down.map((realServer) => `${realServer.name} is down: ${realServer.reason}`),
    ],
    remedies: down.map((realServer) => `ask why ${realServer.name} is down: vipward explain ${realServer.name}`),
  };
}

/** Whether there is a quorum, and who answers where there is none. */
export function quorumSentences({ name, quorum, sorryServer }: VirtualServerView): readonly string[] {
  const weighs = `what is up in ${name} weighs ${quorum.weight}, and its quorum is ${quorum.quorum}`;
  if (quorum.up) return [weighs];
  if (sorryServer === undefined) return [weighs, "there is no sorry server"];
  const answers = sorryServer.weight === undefined ? "is not in the kernel" : "answers instead";
  return [weighs, `the sorry server ${sorryServer.name} ${answers}`];
}

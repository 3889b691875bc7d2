import type { ProbeSockets } from "../../kernel/probe-sockets.ts";
import { DescriptorBudget, openFileLimit } from "./descriptor-budget.ts";
import { httpProbe } from "./http.ts";
import type { Probes } from "./probe.ts";
import { tcpProbe } from "./tcp.ts";

/** The probes that use this host's network, sharing the descriptors that the process may open. */
export function networkProbes(sockets: ProbeSockets, openFiles: number = openFileLimit()): Probes {
  const parts = { sockets, descriptors: new DescriptorBudget(openFiles) };
  return { tcp: tcpProbe(parts), http: httpProbe(parts) };
}

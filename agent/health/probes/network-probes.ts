import { DescriptorBudget, openFileLimit } from "./descriptor-budget.ts";
import { httpProbe } from "./http.ts";
import type { Probes } from "./probe.ts";
import { tcpProbe } from "./tcp.ts";

/** The probes that use this host's network, sharing the descriptors that the process may open. */
export function networkProbes(openFiles: number = openFileLimit()): Probes {
  const descriptors = new DescriptorBudget(openFiles);
  return { tcp: tcpProbe(descriptors), http: httpProbe(descriptors) };
}

import type { ProbeModel } from "../config/model.ts";
import { destinationKeyText } from "../kernel/ipvs.ts";

/** A probe as people name it: "tcp 10.9.0.11:80", "http 10.9.0.11:80 /health", "https 10.9.0.11:443 /". */
export function probeText(probe: ProbeModel): string {
  const endpoint = destinationKeyText(probe);
  if (probe.kind === "tcp") return `tcp ${endpoint}`;
  return [probe.tls === undefined ? "http" : "https", endpoint, ...probe.requests.map(({ path }) => path)].join(" ");
}

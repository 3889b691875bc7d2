import type { ProbeModel } from "../config/model.ts";
import { destinationKeyText } from "../kernel/ipvs.ts";

/** A probe as people name it: "tcp 10.9.0.11:80", "http 10.9.0.11:80 /health". */
export function probeText(probe: ProbeModel): string {
  const target = `${probe.kind} ${destinationKeyText(probe)}`;
  return probe.kind === "http" ? [target, ...probe.requests.map((request) => request.path)].join(" ") : target;
}

import { formatEndpoint } from "../base/address.ts";
import type { ProbeModel } from "../config/model.ts";
import { destinationKeyText } from "../kernel/ipvs.ts";

/** A probe as people name it: "tcp 10.9.0.11:80", "http 10.9.0.11:80 /health", "https 10.9.0.11:443 /", "ping 10.9.0.11". */
export function probeText(probe: ProbeModel): string {
  switch (probe.kind) {
    case "script":
      return `script ${probe.program.command[0]}`;
    case "file":
      return `file ${probe.file}`;
    case "bfd":
      return `bfd ${probe.session}`;
    case "ping":
      return `ping ${probe.address}`;
    case "tcp":
      return probe.path === undefined
        ? `tcp ${destinationKeyText(probe)}`
        : `tcp ${formatEndpoint(probe.path.virtualAddress, probe.port)} on ${probe.address}`;
    case "http":
      return [
        probe.tls === undefined ? "http" : "https",
        destinationKeyText(probe),
        ...probe.requests.map(({ path }) => path),
      ].join(" ");
    case "dns":
      return `dns ${destinationKeyText(probe)} ${probe.name} ${probe.type}`;
    case "grpc":
      return `grpc ${destinationKeyText(probe)}${probe.service === "" ? "" : ` ${probe.service}`}`;
    default:
      return `${probe.kind} ${destinationKeyText(probe)}`;
  }
}

// Everything that is looked at, by name. The names are those of the API; findings come in this order, errors first.

import { faults, missingAddresses, otherDirectors, peers, strayAddresses } from "./address-checks.ts";
import type { Check, Finding, Host, Self } from "./finding.ts";
import { certificates, clock, disk, remarks } from "./host-checks.ts";
import { arp, foreignServices, forwarding, ipvs, modules, reversePath } from "./kernel-checks.ts";
import { lateness, openFiles, processes, realTime, rights } from "./process-checks.ts";

/** The checks by their names. */
export const checks = {
  ipvs,
  modules,
  forwarding,
  "reverse-path": reversePath,
  arp,
  rights,
  "real-time": realTime,
  processes,
  lateness,
  "open-files": openFiles,
  faults,
  "stray-addresses": strayAddresses,
  "missing-addresses": missingAddresses,
  peers,
  "other-directors": otherDirectors,
  "foreign-services": foreignServices,
  clock,
  disk,
  certificates,
  configuration: remarks,
} as const satisfies Readonly<Record<string, Check>>;

/** A finding with the check that has it. */
export interface Found extends Finding {
  readonly check: keyof typeof checks;
}

/** What there is to say, the worst first. */
export function examine(host: Host, self: Self): readonly Found[] {
  const names = Object.keys(checks) as (keyof typeof checks)[];
  const found = names.flatMap((check) => checks[check](host, self).map((finding) => ({ check, ...finding })));
  return (["error", "warning", "info"] as const).flatMap((severity) =>
    found.filter((one) => one.severity === severity),
  );
}

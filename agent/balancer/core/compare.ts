// When two services or destinations are the same to the kernel. Only what the kernel acts on counts: a field that it ignores in
// one setting, and stores or forgets as it likes, must not make the table look wrong for ever.

import type { Destination, Forwarding, Persistence, Service, ServiceFlags } from "../../kernel/ipvs.ts";

/** Whether two services with the same key have the same settings. */
export function sameService(a: Service, b: Service): boolean {
  return a.scheduler === b.scheduler && sameFlags(a.flags, b.flags) && samePersistence(a.persistence, b.persistence);
}

/** Whether two destinations of a service are the same one. */
export function sameKey(a: Pick<Destination, "address" | "port">, b: Pick<Destination, "address" | "port">): boolean {
  return a.port === b.port && a.address === b.address;
}

/** Whether two destinations with the same key have the same settings. */
export function sameDestination(a: Destination, b: Destination): boolean {
  return a.weight === b.weight && sameReach(a, b);
}

/** Whether thresholds and forwarding are the same. */
export function sameReach(a: Omit<Destination, "weight">, b: Omit<Destination, "weight">): boolean {
  return (
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold &&
    sameForwarding(a.forwarding, b.forwarding)
  );
}

/** The settings of a service in the words of `ipvsadm -Ln`: "wlc persistent 50s". */
export function serviceText({ scheduler, flags, persistence }: Service): string {
  const words = [scheduler];
  for (const flag of ["flag1", "flag2", "flag3"] as const) if (flags[flag]) words.push(flag.replace("flag", "flag-"));
  if (flags.onePacket) words.push("ops");
  if (persistence !== undefined)
    words.push(`persistent ${persistence.timeout / 1000}s mask ${persistence.granularity}`);
  if (persistence?.engine) words.push(`pe ${persistence.engine}`);
  return words.join(" ");
}

/** The settings of a destination: "masquerade weight 1". */
export function destinationText({ forwarding, weight, upperThreshold, lowerThreshold }: Destination): string {
  const words: string[] = [forwarding.method];
  if (forwarding.method === "tunnel") {
    words.push(forwarding.type);
    if (forwarding.type === "gue") words.push(`port ${forwarding.port}`);
    if (forwarding.type !== "ipip") words.push(`checksum ${forwarding.checksum}`);
  }
  words.push(`weight ${weight}`);
  if (upperThreshold !== 0 || lowerThreshold !== 0) words.push(`thresholds ${lowerThreshold}-${upperThreshold}`);
  return words.join(" ");
}

function sameFlags(a: ServiceFlags, b: ServiceFlags): boolean {
  return a.flag1 === b.flag1 && a.flag2 === b.flag2 && a.flag3 === b.flag3 && a.onePacket === b.onePacket;
}

function samePersistence(a: Persistence | undefined, b: Persistence | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  // The kernel keeps whole seconds: less than one apart is the same to it.
  const sameTimeout = Math.abs(a.timeout - b.timeout) < 1000;
  return sameTimeout && a.granularity === b.granularity && (a.engine ?? "") === (b.engine ?? "");
}

function sameForwarding(a: Forwarding, b: Forwarding): boolean {
  if (a.method !== "tunnel" || b.method !== "tunnel") return a.method === b.method;
  if (a.type !== b.type) return false;
  // The port is GUE's alone, and plain IP in IP has no checksum.
  return (a.type !== "gue" || a.port === b.port) && (a.type === "ipip" || a.checksum === b.checksum);
}

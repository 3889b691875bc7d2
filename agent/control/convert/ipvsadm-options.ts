// Settings of IPVS objects as ipvsadm's options: what people of this trade read at a glance.

import type { Destination, Forwarding, Service } from "../../kernel/ipvs.ts";

/** "-s wlc -p 300", as ipvsadm(8) writes a service's settings. */
export function serviceSettings({ scheduler, flags, persistence }: Service): string {
  const names = [flags.flag1 && "flag-1", flags.flag2 && "flag-2", flags.flag3 && "flag-3"].filter((name) => name);
  return [
    `-s ${scheduler}`,
    ...(names.length === 0 ? [] : [`-b ${names.join(",")}`]),
    ...(flags.onePacket ? ["-o"] : []),
    ...(persistence === undefined ? [] : [`-p ${persistence.timeout / 1000}`, `-M ${persistence.granularity}`]),
    ...(persistence?.engine === undefined ? [] : [`--pe ${persistence.engine}`]),
  ].join(" ");
}

/** "-m -w 100", as ipvsadm(8) writes a destination's settings. */
export function destinationSettings({ forwarding, weight, upperThreshold, lowerThreshold }: Destination): string {
  return [
    forwardingOption(forwarding),
    `-w ${weight}`,
    ...(upperThreshold === 0 ? [] : [`-x ${upperThreshold}`]),
    ...(lowerThreshold === 0 ? [] : [`-y ${lowerThreshold}`]),
  ].join(" ");
}

function forwardingOption(forwarding: Forwarding): string {
  switch (forwarding.method) {
    case "masquerade":
      return "-m";
    case "direct":
      return "-g";
    case "tunnel":
      return forwarding.type === "ipip" ? "-i" : `-i --tun-type ${forwarding.type}`;
  }
}

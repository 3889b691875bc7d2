// The settings of IPVS as a whole, both ways.

import type { Settings } from "../../config/schema/settings.ts";
import type { Ipvs } from "../gen/vipward/v1/ipvs.pb.ts";
import { type DocumentObject, present } from "./present.ts";
import { durationText, optionalDuration } from "./time.ts";

/** The settings on the wire. */
export function ipvsOf({ timeouts, ...same }: Settings["ipvs"]): Ipvs {
  if (timeouts === undefined) return { ...same, timeouts };
  const { tcp, tcpFin, udp } = timeouts;
  return {
    ...same,
    timeouts: { tcp: optionalDuration(tcp), tcpFin: optionalDuration(tcpFin), udp: optionalDuration(udp) },
  };
}

/** The settings on the wire in a document. */
export function ipvsDocument({ timeouts, ...same }: Ipvs): DocumentObject {
  if (timeouts === undefined) return present(same);
  const { tcp, tcpFin, udp } = timeouts;
  return present({
    ...same,
    timeouts: present({ tcp: durationText(tcp), tcpFin: durationText(tcpFin), udp: durationText(udp) }),
  });
}

// Timeouts of IPVS connections on generic netlink, both directions (IPVS_CMD_SET_CONFIG, IPVS_CMD_GET_CONFIG of linux/ip_vs.h): whole seconds.

import { seconds } from "../../../base/duration.ts";
import type { IpvsTimeouts } from "../../ipvs-timeouts.ts";
import { Attributes, writeU32 } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import { genericHeaderSize, writeGenericHeader } from "./generic.ts";

const command = { write: 12, read: 13 } as const;
const version = 1; // IPVS_GENL_VERSION

/** IPVS_CMD_ATTR_TIMEOUT_*. */
const attribute = { tcp: 4, tcpFin: 5, udp: 6 } as const;

/** Asks for the timeouts. */
export function timeoutsQuestion(): WriteBody {
  return (writer) => writeGenericHeader(writer, command.read, version);
}

/** Sets all three. */
export function timeoutsBody({ tcp, tcpFin, udp }: IpvsTimeouts): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, command.write, version);
    writeU32(writer, attribute.tcp, tcp / 1000);
    writeU32(writer, attribute.tcpFin, tcpFin / 1000);
    writeU32(writer, attribute.udp, udp / 1000);
  };
}

/** The timeouts in an answer; undefined when one is missing. */
export function readTimeouts(payload: Uint8Array): IpvsTimeouts | undefined {
  const attributes = new Attributes(payload, genericHeaderSize);
  const [tcp, tcpFin, udp] = [attribute.tcp, attribute.tcpFin, attribute.udp].map((type) => attributes.u32(type));
  if (tcp === undefined || tcpFin === undefined || udp === undefined) return undefined;
  return { tcp: seconds(tcp), tcpFin: seconds(tcpFin), udp: seconds(udp) };
}

// IPVS sync daemons on generic netlink, both directions (IPVS_DAEMON_ATTR_* of linux/ip_vs.h). The group is in network order, all numbers in host order.

import { addressBytes, addressFromBytes, familyOf } from "../../../base/address.ts";
import type { SyncDaemon } from "../../sync-daemons.ts";
import { Attributes, beginNested, endNested, writeBytes, writeText, writeU8, writeU16, writeU32 } from "./attribute.ts";
import type { WriteBody } from "./connection.ts";
import { genericHeaderSize, writeGenericHeader } from "./generic.ts";
import type { WordWriter } from "./writer.ts";

/** IPVS_CMD_NEW_DAEMON, IPVS_CMD_DEL_DAEMON, IPVS_CMD_GET_DAEMON. */
const command = { start: 9, stop: 10, list: 11 } as const;
const version = 1; // IPVS_GENL_VERSION
const daemonAttribute = 3; // IPVS_CMD_ATTR_DAEMON

/** IPVS_DAEMON_ATTR_*. */
const attribute = { state: 1, interface: 2, id: 3, maxLength: 4, group: 5, group6: 6, port: 7, ttl: 8 } as const;

/** IP_VS_STATE_*. */
const states = { master: 1, backup: 2 } as const;

/** Asks, in a dump, for the daemons that run. */
export function daemonsBody(): WriteBody {
  return (writer) => writeGenericHeader(writer, command.list, version);
}

/** Starts a daemon. */
export function startBody(daemon: SyncDaemon): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, command.start, version);
    const start = beginNested(writer);
    writeU32(writer, attribute.state, states[daemon.state]);
    writeText(writer, attribute.interface, daemon.interface);
    writeU32(writer, attribute.id, daemon.id);
    writeOptions(writer, daemon);
    endNested(writer, start, daemonAttribute);
  };
}

/** Stops the daemon of this state. */
export function stopBody(state: SyncDaemon["state"]): WriteBody {
  return (writer) => {
    writeGenericHeader(writer, command.stop, version);
    const start = beginNested(writer);
    writeU32(writer, attribute.state, states[state]);
    endNested(writer, start, daemonAttribute);
  };
}

/** The daemon in a message of the kernel; undefined when there is none in it. */
export function readDaemon(payload: Uint8Array): SyncDaemon | undefined {
  const daemon = new Attributes(payload, genericHeaderSize).nested(daemonAttribute);
  const number = daemon?.u32(attribute.state);
  const state = number === states.master ? "master" : number === states.backup ? "backup" : undefined;
  if (daemon === undefined || state === undefined) return undefined;
  const [maxLength, port, ttl] = [
    daemon.u16(attribute.maxLength),
    daemon.u16(attribute.port),
    daemon.u8(attribute.ttl),
  ];
  const bytes = daemon.bytes(attribute.group) ?? daemon.bytes(attribute.group6);
  const group = bytes === undefined ? undefined : addressFromBytes(bytes);
  return {
    state,
    interface: daemon.text(attribute.interface) ?? "",
    id: daemon.u32(attribute.id) ?? 0,
    ...(maxLength !== undefined && { maxLength }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
    ...(group !== undefined && { group }),
  };
}

function writeOptions(writer: WordWriter, { maxLength, port, ttl, group }: SyncDaemon): void {
  if (maxLength !== undefined) writeU16(writer, attribute.maxLength, maxLength);
  if (group !== undefined)
    writeBytes(writer, familyOf(group) === "ipv4" ? attribute.group : attribute.group6, addressBytes(group));
  if (port !== undefined) writeU16(writer, attribute.port, port);
  if (ttl !== undefined) writeU8(writer, attribute.ttl, ttl);
}

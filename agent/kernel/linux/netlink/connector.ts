// The process events of the kernel's connector (linux/connector.h, linux/cn_proc.h): netlink messages of type NLMSG_DONE with struct cn_msg in them,
// and in that struct proc_event. Numbers are in host order.

import type { ProcessChange } from "../../processes.ts";
import { isLittleEndian } from "../byte-order.ts";

/** The netlink protocol (NETLINK_CONNECTOR), and the group of process events (CN_IDX_PROC). */
export const connector = { protocol: 11, processGroup: 1 } as const;

const headerSize = 16; // struct nlmsghdr
const connectorSize = 20; // struct cn_msg: index, value, sequence, acknowledgement, length, flags
const messageType = 3; // NLMSG_DONE
const processId = 1; // CN_IDX_PROC and CN_VAL_PROC
const listen = 1; // PROC_CN_MCAST_LISTEN

/** What events there are (enum proc_cn_event); "none" answers the wish to listen. */
const eventKind = { none: 0, forked: 1, executed: 2, named: 0x200, ended: 0x80000000 } as const;

/** The message that asks for process events. */
export function listenMessage(pid: number): Uint8Array {
  const bytes = new Uint8Array(headerSize + connectorSize + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, isLittleEndian);
  view.setUint16(4, messageType, isLittleEndian);
  view.setUint32(12, pid, isLittleEndian);
  view.setUint32(headerSize, processId, isLittleEndian);
  view.setUint32(headerSize + 4, processId, isLittleEndian);
  view.setUint16(headerSize + 16, 4, isLittleEndian);
  view.setUint32(headerSize + connectorSize, listen, isLittleEndian);
  return bytes;
}

/** What a datagram tells. Threads are no processes; other events, and what is cut off, are nothing. */
export function readProcessEvent(datagram: Uint8Array): ProcessChange | { readonly kind: "listening" } | undefined {
  const start = headerSize + connectorSize;
  if (datagram.length < start + 24) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (view.getUint32(headerSize, isLittleEndian) !== processId) return undefined;
  // what, cpu, and the time in 8 bytes; then what belongs to the event.
  const word = (place: number) =>
    start + 16 + place * 4 + 4 <= datagram.length ? view.getUint32(start + 16 + place * 4, isLittleEndian) : 0;
  const [first, second, third, fourth] = [word(0), word(1), word(2), word(3)];
  switch (view.getUint32(start, isLittleEndian)) {
    case eventKind.none:
      return { kind: "listening" };
    case eventKind.forked:
      return third === fourth ? { kind: "forked", pid: fourth, parent: second } : undefined;
    case eventKind.executed:
    case eventKind.named:
      return { kind: "changed", pid: second };
    case eventKind.ended:
      return first === second ? { kind: "ended", pid: first } : undefined;
    default:
      return undefined;
  }
}

// ARP, or neighbour discovery, on a packet socket, with a filter in the kernel: on a busy segment everybody asks for everybody, and none of that may wake this
// process. A socket that is bound to an EtherType hears what comes in, not what this host sends.

import { addressBytes, type Family, type IpAddress } from "../../base/address.ts";
import { codeOf, messageOf, OperationError } from "../../base/errors.ts";
import {
  arpSenderOffset,
  discovery,
  discoveryOffsets,
  etherTypes,
  type NeighbourWatch,
  type NeighbourWatchOptions,
  type NeighbourWatchPort,
} from "../neighbour-watch.ts";
import { type NativeSocket, openSocket } from "./native.ts";
import { type FilterInstruction, filterCodes, filterProgram } from "./packet-filter.ts";
import { packetAddress, socketFamily } from "./sockaddr.ts";

const socketRaw = 3; // SOCK_RAW
const frameSize = 128;
const reading = { bufferSize: frameSize, batch: 16, queueLimit: 64 };

/** The real watches. */
export const linuxNeighbourWatches: NeighbourWatchPort = { open: openNeighbourWatch };

function openNeighbourWatch({ linkIndex, family, onFrame, onTrouble }: NeighbourWatchOptions): NeighbourWatch {
  const socket = trying("open neighbour watch", linkIndex, () => openBound(linkIndex, family));
  socket.startReading(
    reading,
    (messages) => {
      for (const { data } of messages) onFrame(data);
    },
    (error) => onTrouble(messageOf(error)),
  );
  return {
    setSenders: (senders) =>
      trying("watch neighbours", linkIndex, () => socket.attachFilter(filterFor(family, senders))),
    close: () => socket.close(),
  };
}

/** Deaf before it is bound, so that nothing is ever heard that was not asked for. */
function openBound(linkIndex: number, family: Family): NativeSocket {
  const socket = openSocket(socketFamily.packet, socketRaw, 0);
  try {
    socket.attachFilter(filterFor(family, []));
    socket.bind(packetAddress(linkIndex, etherTypes[family]));
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** The kernel takes 4096 instructions (BPF_MAXINSNS), and each address needs two. */
const mostSenders = 2000;

/** With more senders than a filter can name, all are delivered: whoever listens knows them anyway. */
export function filterFor(family: Family, senders: readonly IpAddress[]): Uint8Array {
  const load = family === "ipv4" ? loadArpSender : loadDiscovered;
  if (senders.length > mostSenders) return filterProgram([...load, [filterCodes.deliver, 0, 0, frameSize]]);
  const comparisons = senders.flatMap((sender): FilterInstruction[] => [
    [filterCodes.jumpIfEqual, 0, 1, lastWordOf(sender)],
    [filterCodes.deliver, 0, 0, frameSize],
  ]);
  return filterProgram([...load, ...comparisons, nothing]);
}

const nothing: FilterInstruction = [filterCodes.deliver, 0, 0, 0];

const loadArpSender: readonly FilterInstruction[] = [[filterCodes.loadWord, 0, 0, arpSenderOffset]];

/**
 * The end of the address that a neighbour discovery packet is about: the target of an advertisement, the source of a solicitation, or its target when it has none.
 * The last four bytes are compared; whoever listens looks at the whole.
 */
const lastWord = 12;
const loadDiscovered: readonly FilterInstruction[] = [
  [filterCodes.loadByte, 0, 0, discoveryOffsets.nextHeader],
  [filterCodes.jumpIfEqual, 1, 0, discovery.protocol],
  nothing,
  [filterCodes.loadByte, 0, 0, discoveryOffsets.type],
  [filterCodes.jumpIfEqual, 4, 0, discovery.advertisement],
  [filterCodes.jumpIfEqual, 1, 0, discovery.solicitation],
  nothing,
  [filterCodes.loadWord, 0, 0, discoveryOffsets.source + lastWord],
  [filterCodes.jumpIfEqual, 0, 1, 0],
  [filterCodes.loadWord, 0, 0, discoveryOffsets.target + lastWord],
];

/** A filter compares words as numbers, first byte first. */
function lastWordOf(address: IpAddress): number {
  const [a = 0, b = 0, c = 0, d = 0] = addressBytes(address).slice(-4);
  return a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
}

function trying<T>(operation: string, linkIndex: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new OperationError({ operation, object: `link ${linkIndex}`, cause: { code } });
  }
}

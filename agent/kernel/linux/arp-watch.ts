// ARP on a packet socket, with a filter in the kernel: on a busy segment everybody asks for everybody, and none of that may wake this process.
// A socket that is bound to an EtherType hears what comes in, not what this host sends.

import { addressBytes, type IpAddress } from "../../base/address.ts";
import { codeOf, messageOf, OperationError } from "../../base/errors.ts";
import { type ArpWatch, type ArpWatchOptions, type ArpWatchPort, arpEtherType, arpSenderOffset } from "../arp-watch.ts";
import { isLittleEndian } from "./byte-order.ts";
import { type NativeSocket, openSocket } from "./native.ts";
import { packetAddress, socketFamily } from "./sockaddr.ts";

const socketRaw = 3; // SOCK_RAW
const frameSize = 64;
const reading = { bufferSize: frameSize, batch: 16, queueLimit: 64 };

/** The real watches. */
export const linuxArpWatches: ArpWatchPort = { open: openArpWatch };

function openArpWatch({ linkIndex, onFrame, onTrouble }: ArpWatchOptions): ArpWatch {
  const socket = trying("open arp watch", linkIndex, () => openBound(linkIndex));
  socket.startReading(
    reading,
    (messages) => {
      for (const { data } of messages) onFrame(data);
    },
    (error) => onTrouble(messageOf(error)),
  );
  return {
    setSenders: (senders) => trying("watch arp", linkIndex, () => socket.attachFilter(filterFor(senders))),
    close: () => socket.close(),
  };
}

/** Deaf before it is bound, so that nothing is ever heard that was not asked for. */
function openBound(linkIndex: number): NativeSocket {
  const socket = openSocket(socketFamily.packet, socketRaw, 0);
  try {
    socket.attachFilter(filterFor([]));
    socket.bind(packetAddress(linkIndex, arpEtherType));
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Classic BPF (linux/bpf_common.h): load a word of the packet, jump if equal, return how many bytes are delivered. */
const codes = { loadWord: 0x20, jumpIfEqual: 0x15, deliver: 0x06 } as const;

/** The kernel takes 4096 instructions (BPF_MAXINSNS), and each address needs two. */
const mostSenders = 2000;

/** With more senders than a filter can name, all are delivered: whoever listens knows them anyway. */
export function filterFor(senders: readonly IpAddress[]): Uint8Array {
  if (senders.length > mostSenders) return programOf([[codes.deliver, 0, 0, frameSize]]);
  const comparisons = senders.flatMap((sender): Instruction[] => [
    [codes.jumpIfEqual, 0, 1, wordOf(sender)],
    [codes.deliver, 0, 0, frameSize],
  ]);
  return programOf([[codes.loadWord, 0, 0, arpSenderOffset], ...comparisons, [codes.deliver, 0, 0, 0]]);
}

/** Code, how many instructions to skip if true and if false, and a constant. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, constant: number];

/** struct sock_filter (linux/filter.h), in the machine's byte order. */
function programOf(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, constant]] of instructions.entries()) {
    view.setUint16(index * 8, code, isLittleEndian);
    bytes.set([ifTrue, ifFalse], index * 8 + 2);
    view.setUint32(index * 8 + 4, constant, isLittleEndian);
  }
  return bytes;
}

/** A filter compares words as numbers, first byte first. */
function wordOf(address: IpAddress): number {
  const [a = 0, b = 0, c = 0, d = 0] = addressBytes(address);
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

// Watching groups of route netlink for what becomes of objects of ours. A director with a full table of the Internet hears of thousands of changes a second that are
// none of ours: a filter in the kernel keeps them from waking this process.

import { asking } from "./asking.ts";
import type { NativeSocket } from "./native.ts";
import { netlinkProtocol, openNetlinkSocket } from "./netlink/connection.ts";
import { type Message, readMessages } from "./netlink/message.ts";
import { filterCodes, filterProgram, halfAsLoaded } from "./packet-filter.ts";

const solNetlink = 270; // SOL_NETLINK
const addMembership = 1; // NETLINK_ADD_MEMBERSHIP
const reading = { bufferSize: 8192, batch: 16, queueLimit: 1024 };

/** What to hear of. */
export interface Watched {
  readonly object: string;
  readonly groups: readonly number[];
  /** The type of the messages; a notification is a datagram with one message. */
  readonly type: number;
  /** A byte behind the header of netlink that they have as well, where there is one that tells ours from others. */
  readonly byte?: { readonly offset: number; readonly value: number };
  /** Picks among them. */
  readonly concerns: (message: Message) => boolean;
}

/** Calls for messages that concern us, once for those that came together, and when messages were lost. */
export function watchGroups(watched: Watched, onChange: () => void): NativeSocket {
  return asking("watch", watched.object, () => {
    const socket = openNetlinkSocket(netlinkProtocol.route);
    try {
      socket.attachFilter(filterOf(watched));
      for (const group of watched.groups) socket.setOption(solNetlink, addMembership, group);
      socket.startReading(
        reading,
        (datagrams) => {
          const isOurs = datagrams.some(
            ({ data, truncated }) => truncated || readMessages(data).some(watched.concerns),
          );
          if (isOurs) onChange();
        },
        onChange,
      );
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  });
}

const typeOffset = 4; // nlmsg_type
const headerSize = 16; // struct nlmsghdr
const everyByte = 0xffffffff;

function filterOf({ type, byte }: Watched): Uint8Array {
  const { loadHalf, loadByte, jumpIfEqual, deliver } = filterCodes;
  const behind = byte === undefined ? 0 : 2;
  return filterProgram([
    [loadHalf, 0, 0, typeOffset],
    [jumpIfEqual, 0, behind + 1, halfAsLoaded(type)],
    ...(byte === undefined
      ? []
      : ([
          [loadByte, 0, 0, headerSize + byte.offset],
          [jumpIfEqual, 0, 1, byte.value],
        ] as const)),
    [deliver, 0, 0, everyByte],
    [deliver, 0, 0, 0],
  ]);
}

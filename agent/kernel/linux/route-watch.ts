// Watching groups of route netlink for what becomes of objects of ours.

import { asking } from "./asking.ts";
import type { NativeSocket } from "./native.ts";
import { netlinkProtocol, openNetlinkSocket } from "./netlink/connection.ts";
import { type Message, readMessages } from "./netlink/message.ts";

const solNetlink = 270; // SOL_NETLINK
const addMembership = 1; // NETLINK_ADD_MEMBERSHIP
const reading = { bufferSize: 8192, batch: 16, queueLimit: 1024 };

/** Calls for each message that `concerns` picks, once for those that came together, and when messages were lost. */
export function watchGroups(
  object: string,
  groups: readonly number[],
  concerns: (message: Message) => boolean,
  onChange: () => void,
): NativeSocket {
  return asking("watch", object, () => {
    const socket = openNetlinkSocket(netlinkProtocol.route);
    try {
      for (const group of groups) socket.setOption(solNetlink, addMembership, group);
      socket.startReading(
        reading,
        (datagrams) => {
          const isOurs = datagrams.some(({ data, truncated }) => truncated || readMessages(data).some(concerns));
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

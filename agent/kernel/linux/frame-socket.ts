// Frames on packet sockets: bound to one interface with EtherType 0, so that nothing is ever received.

import { codeOf, OperationError } from "../../base/errors.ts";
import type { FrameSocket, FrameSocketPort } from "../frame-socket.ts";
import { type NativeSocket, openSocket } from "./native.ts";
import { packetAddress, socketFamily } from "./sockaddr.ts";

const socketRaw = 3; // SOCK_RAW

/** The real frame sockets. */
export const linuxFrameSockets: FrameSocketPort = { open: openFrameSocket };

function openFrameSocket(linkIndex: number): FrameSocket {
  const socket = trying("open frame socket", linkIndex, () => openBound(linkIndex));
  return {
    send: (frames) => trying("send frame", linkIndex, () => sendAll(socket, frames)),
    close: () => socket.close(),
  };
}

function openBound(linkIndex: number): NativeSocket {
  const socket = openSocket(socketFamily.packet, socketRaw, 0);
  try {
    socket.bind(packetAddress(linkIndex));
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** A send that stops half-way gives its reason when the rest is tried. */
function sendAll(socket: NativeSocket, frames: readonly Uint8Array[]): void {
  let rest = frames.map((data) => ({ data }));
  while (rest.length > 0) rest = rest.slice(socket.send(rest, 0));
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

// The links and addresses of the network namespace in which it was opened, over route netlink: one socket for requests, one more for each watcher.

import { formatInterfaceAddress } from "../../base/address.ts";
import { OperationError } from "../../base/errors.ts";
import type { Link, LinkAddress, LinkChange, LinksPort, VirtualLink, WishedAddress } from "../links.ts";
import { asking, failureOf } from "./asking.ts";
import { errnoName } from "./errno.ts";
import type { NativeSocket, ReadingOptions } from "./native.ts";
import {
  NetlinkConnection,
  netlinkProtocol,
  type Outcome,
  openNetlinkSocket,
  type WriteBody,
} from "./netlink/connection.ts";
import { readMessages, requestFlag } from "./netlink/message.ts";
import {
  addressesBody,
  changeGroups,
  linksBody,
  putAddressBody,
  readChange,
  removeAddressBody,
  routeMessage,
} from "./netlink/route.ts";
import { linkBody, linkNamedBody, makeLinkBody, markLinkBody, setUpBody } from "./netlink/rtm-newlink.ts";

const solNetlink = 270; // SOL_NETLINK
const addMembership = 1; // NETLINK_ADD_MEMBERSHIP
/** A change of one link with all its attributes is under 4 KiB; a machine with thousands of them changes in bursts. */
const reading = { bufferSize: 16_384, batch: 16, queueLimit: 4096 };

/** How many changes may wait for a watcher: in the kernel (bytes) and between the reader thread and JavaScript (datagrams). For tests of too little. */
export interface WatcherRoom {
  readonly receiveBuffer?: number;
  readonly queueLimit?: number;
}

/** The real links. Opening throws an OperationError when the kernel refuses. */
export class LinuxLinks implements LinksPort {
  readonly #connection: NetlinkConnection;
  readonly #watchers = new Set<NativeSocket>();
  readonly #room: WatcherRoom;

  constructor(room: WatcherRoom = {}) {
    this.#room = room;
    this.#connection = asking("open route netlink", "links", () => new NetlinkConnection(netlinkProtocol.route));
  }

  links(): readonly Link[] {
    return this.#dump("list links", routeMessage.getLink, linksBody()).flatMap((change) =>
      change.kind === "link" ? [change.link] : [],
    );
  }

  link(index: number): Link | undefined {
    return this.#one(String(index), linkBody(index));
  }

  addresses(): readonly LinkAddress[] {
    return this.#dump("list addresses", routeMessage.getAddress, addressesBody()).flatMap((change) =>
      change.kind === "address" ? [change.address] : [],
    );
  }

  putAddress(wished: WishedAddress): void {
    const flags = requestFlag.create | requestFlag.replace;
    const outcome = this.#change("put address", wished, () =>
      this.#connection.request(routeMessage.newAddress, flags, putAddressBody(wished)),
    );
    if (outcome !== undefined) throw outcome;
  }

  removeAddress(wished: Omit<WishedAddress, "validFor">): void {
    const outcome = this.#change("remove address", wished, () =>
      this.#connection.request(routeMessage.removeAddress, 0, removeAddressBody(wished)),
    );
    // Without the address or without its link there is nothing left to remove.
    if (outcome !== undefined && !["EADDRNOTAVAIL", "ENODEV"].includes(outcome.failure.cause.code)) throw outcome;
  }

  makeLink(wished: VirtualLink): number {
    const flags = requestFlag.create | requestFlag.exclusive;
    this.#ofLink("make", wished.name, routeMessage.newLink, flags, makeLinkBody(wished));
    const index = this.#one(wished.name, linkNamedBody(wished.name))?.index;
    if (index === undefined)
      throw new OperationError({ operation: "make link", object: wished.name, cause: { code: "ENODEV" } });
    this.#ofLink("mark", wished.name, routeMessage.newLink, 0, markLinkBody(index, wished.alias));
    this.#ofLink("set up", wished.name, routeMessage.newLink, 0, setUpBody(index));
    return index;
  }

  removeLink(index: number): void {
    try {
      this.#ofLink("remove", String(index), routeMessage.removeLink, 0, linkBody(index));
    } catch (thrown) {
      if (!(thrown instanceof OperationError) || thrown.failure.cause.code !== "ENODEV") throw thrown;
    }
  }

  watch(onChange: (change: LinkChange) => void): { close(): void } {
    const socket = asking("watch links", "links", () => this.#openWatcher(onChange));
    this.#watchers.add(socket);
    const close = () => {
      this.#watchers.delete(socket);
      socket.close();
    };
    return { close };
  }

  close(): void {
    for (const socket of this.#watchers) socket.close();
    this.#watchers.clear();
    this.#connection.close();
  }

  #openWatcher(onChange: (change: LinkChange) => void): NativeSocket {
    const socket = openNetlinkSocket(netlinkProtocol.route, this.#room.receiveBuffer);
    try {
      for (const group of changeGroups) socket.setOption(solNetlink, addMembership, group);
      startWatching(socket, { ...reading, ...this.#room }, onChange);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #dump(operation: string, type: number, body: ReturnType<typeof linksBody>): readonly LinkChange[] {
    return asking(operation, "links", () => {
      const outcome = this.#connection.dump(type, body);
      if (outcome.kind !== "done") throw failureOf(operation, "links", outcome);
      return outcome.messages.flatMap((message) => readChange(message) ?? []);
    });
  }

  #one(object: string, body: WriteBody): Link | undefined {
    const outcome = asking("read link", object, () => this.#connection.request(routeMessage.getLink, 0, body));
    if (outcome.kind === "refused" && errnoName(outcome.answer.errno) === "ENODEV") return undefined;
    if (outcome.kind !== "done") throw failureOf("read link", object, outcome);
    const [change] = outcome.messages.flatMap((message) => readChange(message) ?? []);
    return change?.kind === "link" ? change.link : undefined;
  }

  #ofLink(operation: string, name: string, type: number, flags: number, body: WriteBody): void {
    const outcome = asking(`${operation} link`, name, () => this.#connection.request(type, flags, body));
    if (outcome.kind !== "done") throw failureOf(`${operation} link`, name, outcome);
  }

  #change(operation: string, wished: WishedAddress, request: () => Outcome): OperationError | undefined {
    const object = `${formatInterfaceAddress(wished)} on link ${wished.linkIndex}`;
    const outcome = asking(operation, object, request);
    return outcome.kind === "done" ? undefined : failureOf(operation, object, outcome);
  }
}

/** A lost change of any kind means that nothing is known for sure. */
function startWatching(socket: NativeSocket, options: ReadingOptions, onChange: (change: LinkChange) => void): void {
  const onMessages = (datagrams: readonly { readonly data: Uint8Array; readonly truncated: boolean }[]) => {
    for (const { data, truncated } of datagrams) {
      if (truncated) onChange({ kind: "overrun" });
      for (const change of readMessages(data).map(readChange)) if (change !== undefined) onChange(change);
    }
  };
  socket.startReading(options, onMessages, () => onChange({ kind: "overrun" }));
}

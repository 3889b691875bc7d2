// The sockets that advertisements leave and arrive by: one for each interface, family and group, shared by its instances. What is to be
// sent is gathered and leaves together at the next flush; the driver flushes before any other effect and at the end of each turn.

import type { IpAddress } from "../base/address.ts";
import type { VrrpInstanceModel } from "../config/model.ts";
import type { Link } from "../kernel/links.ts";
import type { OutgoingDatagram, ReceivedDatagram, VrrpSocket, VrrpSocketPort } from "../kernel/vrrp-socket.ts";
import { causeOf } from "./cause.ts";
import { encodeAdvertisement, virtualRouterIdOf } from "./core/advertisement.ts";
import type { RunningInstance } from "./running-instance.ts";

interface Waiting {
  readonly instance: RunningInstance;
  readonly priority: number;
  readonly datagram: OutgoingDatagram;
}

interface SharedSocket {
  readonly key: string;
  readonly socket: VrrpSocket;
  readonly linkIndex: number;
  readonly instances: Map<number, RunningInstance>;
  outbox: Waiting[];
}

/** What the sockets tell their driver. */
export interface SocketListener {
  onDatagram(instance: RunningInstance, datagram: ReceivedDatagram): void;
  onSent(instance: RunningInstance, priority: number): void;
  onSendFailed(instance: RunningInstance, code: string): void;
  onTrouble(linkName: string, reason: string): void;
}

/** All sockets of the driver. */
export class AdvertisementSockets {
  /** Datagrams for virtual routers that are not configured here: another agent's on the same segment, as a rule. */
  unknownVirtualRouters = 0;
  readonly #port: VrrpSocketPort;
  readonly #listener: SocketListener;
  readonly #sockets = new Map<string, SharedSocket>();
  readonly #used = new Map<RunningInstance, { readonly shared: SharedSocket; readonly virtualRouterId: number }>();
  readonly #filled = new Set<SharedSocket>();

  constructor(port: VrrpSocketPort, listener: SocketListener) {
    this.#port = port;
    this.#listener = listener;
  }

  /** Gives the instance its socket on this link, opening it when it is the first there. Throws an OperationError when that is refused. */
  join(instance: RunningInstance, link: Link): void {
    const key = `${link.index} ${instance.config.family} ${instance.config.multicastGroup}`;
    if (this.#used.get(instance)?.shared.key === key) return;
    this.leave(instance);
    const shared = this.#sockets.get(key) ?? this.#open(key, instance.config, link);
    shared.instances.set(instance.config.virtualRouterId, instance);
    this.#used.set(instance, { shared, virtualRouterId: instance.config.virtualRouterId });
  }

  /** Takes the instance off its socket, and closes the socket when it was the last one there. */
  leave(instance: RunningInstance): void {
    const used = this.#used.get(instance);
    if (used === undefined) return;
    const { shared, virtualRouterId } = used;
    this.#flushOne(shared);
    this.#used.delete(instance);
    if (shared.instances.get(virtualRouterId) === instance) shared.instances.delete(virtualRouterId);
    if (shared.instances.size > 0) return;
    this.#sockets.delete(shared.key);
    shared.socket.close();
  }

  has(instance: RunningInstance): boolean {
    return this.#used.has(instance);
  }

  /** Writes the advertisement of the instance, and does all that sending it takes, but the sending. */
  prepare(instance: RunningInstance, source: IpAddress, priority: number): void {
    const datagram = {
      source,
      destination: instance.config.multicastGroup,
      payload: write(instance, source, priority),
    };
    this.#used.get(instance)?.shared.socket.rehearse?.([datagram]);
  }

  /** Queues an advertisement of the instance. */
  send(instance: RunningInstance, source: IpAddress, priority: number): void {
    const shared = this.#used.get(instance)?.shared;
    if (shared === undefined) {
      this.#listener.onSendFailed(instance, "ENODEV");
      return;
    }
    const datagram = {
      source,
      destination: instance.config.multicastGroup,
      payload: write(instance, source, priority),
    };
    shared.outbox.push({ instance, priority, datagram });
    this.#filled.add(shared);
  }

  /** Sends everything that waits. */
  flush(): void {
    if (this.#filled.size === 0) return;
    for (const shared of [...this.#filled]) this.#flushOne(shared);
  }

  /** Closes all sockets. */
  close(): void {
    this.flush();
    for (const { socket } of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#used.clear();
  }

  #open(key: string, { family, multicastGroup }: VrrpInstanceModel, link: Link): SharedSocket {
    const instances = new Map<number, RunningInstance>();
    const socket = this.#port.open({
      family,
      linkIndex: link.index,
      linkName: link.name,
      group: multicastGroup,
      onDatagram: (datagram) => this.#dispatch(instances, datagram),
      onTrouble: (reason) => this.#listener.onTrouble(link.name, reason),
    });
    const shared: SharedSocket = { key, socket, linkIndex: link.index, instances, outbox: [] };
    this.#sockets.set(key, shared);
    return shared;
  }

  #dispatch(instances: ReadonlyMap<number, RunningInstance>, datagram: ReceivedDatagram): void {
    const virtualRouterId = virtualRouterIdOf(datagram.payload);
    const instance = virtualRouterId === undefined ? undefined : instances.get(virtualRouterId);
    if (instance === undefined) this.unknownVirtualRouters += 1;
    else this.#listener.onDatagram(instance, datagram);
  }

  #flushOne(shared: SharedSocket): void {
    this.#filled.delete(shared);
    const waiting = shared.outbox;
    shared.outbox = [];
    if (waiting.length === 0) return;
    const code = trySend(shared.socket, waiting);
    if (code === undefined) for (const { instance, priority } of waiting) this.#listener.onSent(instance, priority);
    else if (waiting.length === 1) for (const { instance } of waiting) this.#listener.onSendFailed(instance, code);
    else this.#sendEach(shared.socket, waiting);
  }

  /** When one of many was refused it is not known which: an advertisement that leaves twice does no harm. */
  #sendEach(socket: VrrpSocket, waiting: readonly Waiting[]): void {
    for (const one of waiting) {
      const code = trySend(socket, [one]);
      if (code === undefined) this.#listener.onSent(one.instance, one.priority);
      else this.#listener.onSendFailed(one.instance, code);
    }
  }
}

function trySend(socket: VrrpSocket, waiting: readonly Waiting[]): string | undefined {
  try {
    socket.send(waiting.map(({ datagram }) => datagram));
    return undefined;
  } catch (thrown) {
    return causeOf(thrown);
  }
}

/** The packet of an instance; advertisements repeat themselves, so the last one is kept. */
function write(instance: RunningInstance, source: IpAddress, priority: number): Uint8Array {
  const { config, written } = instance;
  const key = `${source} ${priority}`;
  if (written !== undefined && written.key === key && written.config === config) return written.payload;
  const payload = encode(config, source, priority);
  instance.written = { key, config, payload };
  return payload;
}

function encode(config: VrrpInstanceModel, source: IpAddress, priority: number): Uint8Array {
  const common = {
    virtualRouterId: config.virtualRouterId,
    priority,
    interval: config.advertisementInterval,
    addresses: config.virtualAddresses.flatMap(({ address, excluded }) => (excluded === true ? [] : [address])),
  };
  const advertisement =
    config.version === 2
      ? ({ version: 2, ...common, authentication: config.authentication } as const)
      : ({ version: 3, ...common } as const);
  const envelope = { source, destination: config.multicastGroup };
  return encodeAdvertisement(advertisement, envelope, config.checksumWithPseudoHeader);
}

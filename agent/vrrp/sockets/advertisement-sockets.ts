// The sockets that advertisements leave and arrive by: one for each interface, family and group (or unicast), shared by its instances. What is
// to be sent is gathered and leaves together at the next flush; the driver flushes before any other effect and at the end of each turn.
//
// An instance has one way, and further ones where heartbeat paths are configured. It sends on all of them, and has advertised when one has
// taken it.

import { type IpAddress, isMulticast } from "../../base/address.ts";
import type { ReceivedDatagram, VrrpSocketPort } from "../../kernel/vrrp-socket.ts";
import type { Ahead } from "../core/ahead.ts";
import { virtualRouterIdOf } from "../core/packets/advertisement.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { Seal } from "./authentication.ts";
import { type Departed, Departing } from "./departing.ts";
import { type Letter, Outbox } from "./outbox.ts";
import { keyOfWay, type SharedSocket, socketOptions, type Way, type WayPlan, writeWay } from "./way.ts";

/** What the sockets tell their driver. */
export interface SocketListener {
  onDatagram(instance: RunningInstance, datagram: ReceivedDatagram, way: Way): void;
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
  readonly #seal: Seal;
  readonly #sockets = new Map<string, SharedSocket>();
  /** The ways of each instance: first its own, then by their places those of its heartbeat paths. */
  readonly #ways = new Map<RunningInstance, (Way | undefined)[]>();
  readonly #outbox: Outbox;
  readonly #departing = new Departing();

  constructor(port: VrrpSocketPort, listener: SocketListener, seal: Seal) {
    this.#port = port;
    this.#listener = listener;
    this.#seal = seal;
    this.#outbox = new Outbox(listener);
  }

  /** Gives the instance one of its ways, opening the socket when it is the first there. Throws an OperationError when that is refused. */
  joinWay(instance: RunningInstance, place: number, plan: WayPlan): void {
    const key = keyOfWay(plan);
    const known = this.#ways.get(instance)?.[place];
    if (known?.shared.key === key && known.virtualRouterId === plan.config.virtualRouterId) {
      known.plan = plan;
      return;
    }
    this.leaveWay(instance, place);
    const shared = this.#sockets.get(key) ?? this.#open(key, plan);
    const { virtualRouterId } = plan.config;
    const way: Way = { place, shared, virtualRouterId, plan, written: undefined };
    shared.instances.set(virtualRouterId, { instance, way });
    const ways = this.#ways.get(instance) ?? [];
    ways[place] = way;
    this.#ways.set(instance, ways);
  }

  /** Takes the instance off its sockets, and closes those on which it was the last one. */
  leave(instance: RunningInstance): void {
    for (const place of this.#ways.get(instance)?.keys() ?? []) this.leaveWay(instance, place);
    this.#ways.delete(instance);
  }

  /** The same for one of its ways. */
  leaveWay(instance: RunningInstance, place: number): void {
    const ways = this.#ways.get(instance);
    const way = ways?.[place];
    if (ways === undefined || way === undefined) return;
    this.#outbox.flush();
    ways[place] = undefined;
    const { shared, virtualRouterId } = way;
    if (shared.instances.get(virtualRouterId)?.way === way) shared.instances.delete(virtualRouterId);
    if (shared.instances.size > 0) return;
    this.#sockets.delete(shared.key);
    shared.socket.close();
  }

  /** Whether the instance has this of its ways. */
  hasWay(instance: RunningInstance, place: number): boolean {
    return this.#ways.get(instance)?.[place] !== undefined;
  }

  /** Writes the advertisement of the instance, and does all that sending it takes, but the sending. */
  prepare(instance: RunningInstance, source: IpAddress, priority: number): void {
    for (const way of this.#waysOf(instance)) way.shared.socket.rehearse?.(writeWay(way, instance, source, priority));
  }

  /** Queues an advertisement of the instance on all its ways. */
  send(instance: RunningInstance, source: IpAddress, priority: number): void {
    const letters = this.#waysOf(instance).flatMap((way) => this.#letters(way, instance, source, priority));
    if (letters.length > 0) this.#outbox.add(instance, priority, letters);
    else this.#listener.onSendFailed(instance, this.hasWay(instance, 0) ? "ENOKEY" : "ENODEV");
  }

  /**
   * Lets this advertisement leave by itself at its time, unless it is taken back before; of one instance at a time. It is not to be signed. What takes over
   * does so only where a single socket knows all that was heard. False: it does not.
   */
  sendAhead(instance: RunningInstance, ahead: Ahead): boolean {
    const { source, priority, takesOver } = ahead;
    const ways = this.#waysOf(instance);
    if (takesOver && ways.length > 1) return false;
    const letters = ways.flatMap((way) => this.#letters(way, instance, source, priority));
    this.#departing.set(instance, letters, ahead);
    return true;
  }

  /** What was to leave by itself will not any more. Tells whose has left already, and when; what of it has not is queued. */
  takeBack(): Departed | undefined {
    const departed = this.#departing.takeBack();
    if (departed !== undefined) this.#outbox.addRest(departed.instance, departed.rest);
    return departed;
  }

  /** Sends everything that waits. */
  flush(): void {
    this.#outbox.flush();
  }

  /** Closes all sockets. */
  close(): void {
    this.flush();
    for (const { socket } of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#ways.clear();
  }

  #letters(way: Way, instance: RunningInstance, source: IpAddress, priority: number): Letter[] {
    const { socket } = way.shared;
    return writeWay(way, instance, source, priority).flatMap((written) => {
      const datagram = this.#seal(instance, written);
      return datagram === undefined ? [] : [{ socket, datagram }];
    });
  }

  #waysOf(instance: RunningInstance): readonly Way[] {
    return this.#ways.get(instance)?.filter((way) => way !== undefined) ?? [];
  }

  #open(key: string, plan: WayPlan): SharedSocket {
    const instances: SharedSocket["instances"] = new Map();
    const options = socketOptions(plan);
    const socket = this.#port.open({
      ...options,
      onDatagram: (datagram) => this.#dispatch(instances, datagram, options.group),
      onTrouble: (reason) => this.#listener.onTrouble(options.linkName, reason),
    });
    const shared: SharedSocket = { key, socket, instances };
    this.#sockets.set(key, shared);
    return shared;
  }

  /** A datagram to one of our own addresses reaches the sockets of groups, too: it may be for an instance with unicast peers. */
  #dispatch(instances: SharedSocket["instances"], datagram: ReceivedDatagram, group: IpAddress | undefined): void {
    const virtualRouterId = virtualRouterIdOf(datagram);
    const found = virtualRouterId === undefined ? undefined : instances.get(virtualRouterId);
    if (found !== undefined) this.#listener.onDatagram(found.instance, datagram, found.way);
    else if (group === undefined || isMulticast(datagram.destination)) this.unknownVirtualRouters += 1;
  }
}

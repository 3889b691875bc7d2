// Listens to ARP and to neighbour discovery while there is a master: to others who say that a virtual address is theirs, which is how two masters show that do not
// hear each other's advertisements, and to IPv4 neighbours that were asked whether they have learnt where it is. The kernel lets nothing else through.

import { addressFromBytes, type Family, familyOf, type IpAddress } from "../../base/address.ts";
import { after, type Instant, instant, milliseconds } from "../../base/duration.ts";
import { messageOf } from "../../base/errors.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { Link } from "../../kernel/links.ts";
import type { NeighbourWatch, NeighbourWatchPort } from "../../kernel/neighbour-watch.ts";
import { NeighbourCheck, probeFrame, type Question, questionFrame } from "../core/announcing/neighbour-check.ts";
import { arpOperations, readArp } from "../core/packets/arp.ts";
import { type NeighbourClaim, readNeighbourClaim } from "../core/packets/neighbour-claim.ts";
import { duplicateQuestion } from "../core/packets/neighbour-discovery.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";

/** What it listens and asks with. */
export interface AddressGuardParts {
  readonly neighbourWatches: NeighbourWatchPort;
  readonly network: ObservedNetwork;
  readonly now: () => Instant;
  /** The driver's instances, by virtual router. */
  readonly instances: ReadonlyMap<string, RunningInstance>;
}

/** What it has heard. */
export interface AddressGuardEvents {
  readonly onClaimed: (instance: RunningInstance, address: VirtualAddressModel, hardwareAddress: string) => void;
  readonly onChecked: (question: Question<RunningInstance>, learned: boolean) => void;
  readonly send: (link: Link, frames: readonly Uint8Array[]) => void;
  readonly onTrouble: (linkName: string, reason: string) => void;
}

/** A virtual address that somebody holds. */
interface Holding {
  readonly instance: RunningInstance;
  readonly address: VirtualAddressModel;
}

/** The addresses of one family on one link, and who holds them. */
interface Ground {
  readonly linkIndex: number;
  readonly family: Family;
  readonly holdings: Map<IpAddress, Holding>;
}

/** A watch over them. */
interface Guarded {
  readonly watch: NeighbourWatch;
  holdings: ReadonlyMap<IpAddress, Holding>;
}

/** Guards the addresses of all masters. */
export class AddressGuard {
  readonly #parts: AddressGuardParts;
  readonly #events: AddressGuardEvents;
  readonly #check = new NeighbourCheck<RunningInstance>();
  /** By link and family. */
  readonly #guarded = new Map<string, Guarded>();
  #refreshAt: Instant | undefined;

  constructor(parts: AddressGuardParts, events: AddressGuardEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Some instance has become master, or is none any more, or has other addresses. Nobody waits for it, so many changes make one. */
  want(): void {
    this.#refreshAt ??= after(this.#parts.now(), unhurried);
  }

  /** Asks these neighbours whether they have learnt where the addresses are. */
  ask(owner: RunningInstance, addresses: readonly VirtualAddressModel[], neighbours: readonly IpAddress[]): void {
    const now = this.#parts.now();
    for (const { address } of addresses)
      if (familyOf(address) === "ipv4")
        for (const neighbour of neighbours) this.#check.ask({ owner, address, neighbour }, now);
    this.#refreshAt = now;
  }

  /** Asks whether somebody else has these addresses; the answers come as claims. */
  probe(addresses: readonly VirtualAddressModel[]): void {
    for (const { address, interface: linkName } of addresses) {
      const link = this.#parts.network.linkNamed(linkName);
      const question = familyOf(address) === "ipv4" ? probeFrame : duplicateQuestion;
      if (link !== undefined) this.#events.send(link, [question(link.hardwareAddress, address)]);
    }
  }

  /** The instance holds nothing any more: what it has asked does not matter. */
  forget(instance: RunningInstance): void {
    this.#check.forget(instance);
  }

  /** When there is something to do; undefined when there is nothing. */
  nextDeadline(): Instant | undefined {
    const check = this.#check.nextDeadline();
    if (this.#refreshAt === undefined || check === undefined) return this.#refreshAt ?? check;
    return instant(Math.min(this.#refreshAt, check));
  }

  /** Does what is due. */
  attend(now: Instant): void {
    if (this.#refreshAt !== undefined && this.#refreshAt <= now) this.#refresh();
    const { again, silent } = this.#check.due(now);
    for (const question of again) this.#send(question);
    for (const question of silent) this.#events.onChecked(question, false);
  }

  close(): void {
    for (const { watch } of this.#guarded.values()) watch.close();
    this.#guarded.clear();
  }

  #refresh(): void {
    this.#refreshAt = undefined;
    const wished = this.#grounds();
    for (const [key, { watch }] of this.#guarded) {
      if (wished.has(key)) continue;
      watch.close();
      this.#guarded.delete(key);
    }
    for (const [key, ground] of wished) this.#guard(key, ground);
  }

  /** What masters hold, by link and family. */
  #grounds(): Map<string, Ground> {
    const found = new Map<string, Ground>();
    for (const instance of this.#parts.instances.values()) {
      if (instance.state.kind !== "master") continue;
      for (const address of instance.config.virtualAddresses) {
        const linkIndex = this.#parts.network.linkNamed(address.interface)?.index;
        if (linkIndex === undefined) continue;
        const family = familyOf(address.address);
        const key = `${linkIndex} ${family}`;
        const ground = found.get(key) ?? { linkIndex, family, holdings: new Map() };
        ground.holdings.set(address.address, { instance, address });
        found.set(key, ground);
      }
    }
    return found;
  }

  #guard(key: string, ground: Ground): void {
    const { linkIndex, family, holdings } = ground;
    try {
      const guarded = this.#guarded.get(key) ?? this.#open(ground);
      this.#guarded.set(key, guarded);
      guarded.holdings = holdings;
      const neighbours = family === "ipv4" ? this.#check.neighbours() : [];
      guarded.watch.setSenders([...new Set([...holdings.keys(), ...neighbours])]);
    } catch (thrown) {
      this.#guarded.get(key)?.watch.close();
      this.#guarded.delete(key);
      this.#complain(linkIndex, messageOf(thrown));
    }
  }

  #open({ linkIndex, family, holdings }: Ground): Guarded {
    const guarded: Guarded = {
      watch: this.#parts.neighbourWatches.open({
        ...{ linkIndex, family },
        onFrame: (frame) =>
          family === "ipv4" ? this.#onArp(guarded, linkIndex, frame) : this.#onDiscovery(guarded, linkIndex, frame),
        onTrouble: (reason) => this.#complain(linkIndex, reason),
      }),
      holdings,
    };
    return guarded;
  }

  #onArp(guarded: Guarded, linkIndex: number, frame: Uint8Array): void {
    const packet = readArp(frame);
    if (packet === undefined) return;
    const [sender, target] = [addressFromBytes(packet.sender), addressFromBytes(packet.target)];
    if (sender === undefined || target === undefined) return;
    const answered = packet.operation === arpOperations.reply ? this.#check.answered(target, sender) : undefined;
    if (answered !== undefined) this.#events.onChecked(answered, true);
    this.#onClaim(guarded, linkIndex, { address: sender, hardwareAddress: packet.senderHardware });
  }

  #onDiscovery(guarded: Guarded, linkIndex: number, frame: Uint8Array): void {
    const claim = readNeighbourClaim(frame);
    if (claim !== undefined) this.#onClaim(guarded, linkIndex, claim);
  }

  /** A switch may return what we have sent, and a virtual MAC belongs to whoever is master. */
  #onClaim({ holdings }: Guarded, linkIndex: number, { address, hardwareAddress }: NeighbourClaim): void {
    const [holding, link] = [holdings.get(address), this.#parts.network.link(linkIndex)];
    if (holding === undefined || link === undefined || hardwareAddress.toHex() === link.hardwareAddress.toHex()) return;
    if (holding.instance.state.kind !== "master") return;
    this.#events.onClaimed(holding.instance, holding.address, textOf(hardwareAddress));
  }

  #send({ owner, address, neighbour }: Question<RunningInstance>): void {
    const held = owner.config.virtualAddresses.find((one) => one.address === address);
    const link = held && this.#parts.network.linkNamed(held.interface);
    if (link !== undefined) this.#events.send(link, [questionFrame(link.hardwareAddress, address, neighbour)]);
  }

  #complain(linkIndex: number, reason: string): void {
    this.#events.onTrouble(this.#parts.network.link(linkIndex)?.name ?? String(linkIndex), reason);
  }
}

/** How long changes are gathered before the watches follow. */
const unhurried = milliseconds(100);

/** A hardware address as people write it. */
function textOf(bytes: Uint8Array): string {
  return bytes.toHex().match(/../g)?.join(":") ?? "";
}

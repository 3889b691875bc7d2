// What the routers of a virtual router say otherwise than we would, kept for each of them, so that it is told once for each change.

import type { IpAddress } from "../../base/address.ts";
import type { PeerDiffers } from "../../events/event.ts";
import type { Advertisement } from "../core/packets/advertisement.ts";
import { differencesOf, differencesOfRefused } from "../core/packets/peer-differences.ts";
import type { PacketRule, ReceivedPacket } from "../core/packets/received-packet.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { PeerDifferenceView } from "../view.ts";

interface Seen {
  /** The last advertisement: a master repeats itself, and what is the same needs no second look. */
  readonly payload: Uint8Array;
  readonly config: RunningInstance["config"];
  readonly differences: readonly string[];
}

/** The peers of all instances. */
export class PeerWatch {
  readonly #seen = new WeakMap<RunningInstance, Map<IpAddress, Seen>>();
  readonly #report: (event: PeerDiffers) => void;

  constructor(report: (event: PeerDiffers) => void) {
    this.#report = report;
  }

  /** An advertisement was accepted. */
  accepted(instance: RunningInstance, { source, payload }: ReceivedPacket, advertisement: Advertisement): void {
    const seen = this.#of(instance).get(source);
    const isKnown = seen !== undefined && seen.config === instance.config;
    if (isKnown && (instance.config.comparesAddressesOnce === true || isSame(seen.payload, payload))) return;
    this.#note(instance, source, payload, differencesOf(advertisement, instance.config));
  }

  /** An advertisement was refused. */
  refused(instance: RunningInstance, { source, payload }: ReceivedPacket, rule: PacketRule): void {
    const differences = differencesOfRefused(payload, rule, instance.config);
    if (differences !== undefined) this.#note(instance, source, payload, differences);
  }

  /** Who differs now, and in what. */
  view(instance: RunningInstance): readonly PeerDifferenceView[] {
    return [...this.#of(instance)].flatMap(([peer, { differences }]) =>
      differences.length === 0 ? [] : [{ peer, differences }],
    );
  }

  #note(instance: RunningInstance, peer: IpAddress, payload: Uint8Array, differences: readonly string[]): void {
    const ofInstance = this.#of(instance);
    const before = ofInstance.get(peer)?.differences ?? [];
    if (!ofInstance.has(peer) && ofInstance.size >= mostPeers) return;
    ofInstance.set(peer, { payload: payload.slice(), config: instance.config, differences });
    if (before.join() === differences.join()) return;
    this.#report({ kind: "peer-differs", instance: instance.config.name, peer, differences });
  }

  #of(instance: RunningInstance): Map<IpAddress, Seen> {
    const known = this.#seen.get(instance);
    if (known !== undefined) return known;
    const none = new Map<IpAddress, Seen>();
    this.#seen.set(instance, none);
    return none;
  }
}

/** Strangers choose their addresses, so there is a limit. */
const mostPeers = 16;

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

// The advertisement that leaves by itself: handed over to the sockets with its time, so that it leaves though the process is busy then.

import type { Instant } from "../../base/duration.ts";
import type { VrrpSocket } from "../../kernel/vrrp-socket.ts";
import type { Ahead } from "../core/ahead.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import { bySocket, type Letter } from "./outbox.ts";

/** An advertisement that has left, on one socket at least. */
export interface Departed {
  readonly instance: RunningInstance;
  /** When the first of it left. */
  readonly at: Instant;
  /** What of it has not left. */
  readonly rest: readonly Letter[];
}

/** One advertisement at a time. */
export class Departing {
  #set:
    | { readonly instance: RunningInstance; readonly ofSockets: ReadonlyMap<VrrpSocket, readonly Letter[]> }
    | undefined;

  /** Lets it leave at its time. What a socket cannot do stays: it is sent as ever. */
  set(instance: RunningInstance, letters: readonly Letter[], { at, latest, takesOver }: Ahead): void {
    const ofSockets = bySocket(letters);
    this.#set = { instance, ofSockets };
    for (const [{ departure }, ofSocket] of ofSockets) {
      const datagrams = ofSocket.map(({ datagram }) => datagram);
      try {
        departure?.set(datagrams, at, latest, takesOver);
      } catch {
        // Nothing is lost: whoever sends it hears what the matter is.
      }
    }
  }

  /** It does not leave any more. What has left of it already; undefined when nothing has. */
  takeBack(): Departed | undefined {
    const set = this.#set;
    if (set === undefined) return undefined;
    this.#set = undefined;
    const rest: Letter[] = [];
    let at: Instant | undefined;
    for (const [{ departure }, ofSocket] of set.ofSockets) {
      const left = departure?.takeBack();
      rest.push(...ofSocket.slice(left?.count ?? 0));
      if (left !== undefined && (at === undefined || left.at < at)) at = left.at;
    }
    return at === undefined ? undefined : { instance: set.instance, at, rest };
  }
}
